import { BUDGETS } from "./budgets.ts";
import type { Results, Series } from "./results.ts";
import { drawing, element, type Markup, text } from "./svg.ts";

const WIDTH = 760;
const MARGIN = 20;
const LABEL_WIDTH = 220;
const BAR_LEFT = MARGIN + LABEL_WIDTH;
const BAR_WIDTH = WIDTH - BAR_LEFT - 150;
const BAR_HEIGHT = 14;
const BAR_GAP = 4;
const ROW_GAP = 12;
const PANEL_HEAD = 44;
const PANEL_GAP = 18;
const TITLE_HEIGHT = 58;
/** Bars beyond this ratio are cut; their number still stands beside them. */
const LARGEST_RATIO = 3;
const COLOURS = 4;

const STYLE = `
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}
.title{font-size:16px;font-weight:600}.panel{font-weight:600}.quiet{fill:var(--quiet);font-size:12px}
.page{fill:var(--page)}.floor{stroke:var(--ink)}.cut{stroke:var(--page);stroke-width:4}.grid{stroke:var(--grid)}
.budget{stroke:var(--budget);stroke-width:3}.missed{fill:var(--budget);font-weight:600}
.bar0{fill:var(--bar0)}.bar1{fill:var(--bar1)}.bar2{fill:var(--bar2)}.bar3{fill:var(--bar3)}
svg{--page:#fff;--ink:#1f2328;--quiet:#59636e;--grid:#d8dee4;--budget:#cf222e;
--bar0:#2f7d6d;--bar1:#8a6fc0;--bar2:#b98429;--bar3:#6b7f94}
@media (prefers-color-scheme:dark){svg{--page:#0d1117;--ink:#e6edf3;--quiet:#9198a1;--grid:#30363d;
--budget:#ff7b72;--bar0:#4fb39e;--bar1:#a996dd;--bar2:#d9a548;--bar3:#8b9db1}}
`;

/** Ratios to the floors as bars, as SVG; undefined when the run has no ratio. */
export function renderPlot(results: Results): string | undefined {
  const panels = panelsOf(results.series);
  if (panels.length === 0) return undefined;
  const largest = Math.max(...panels.flatMap((panel) => panel.bars.map(ratioOf)));
  const scale: Scale = { max: Math.min(LARGEST_RATIO, Math.max(1.5, Math.ceil(largest * 4) / 4)) };
  const children: Markup[] = [];
  let y = TITLE_HEIGHT;
  for (const panel of panels) {
    children.push(...renderPanel(panel, scale, y));
    y += panelHeight(panel) + PANEL_GAP;
  }
  const height = y + 8;
  const label = panels.flatMap((panel) => panel.bars.map(describe)).join("; ");
  return drawing({ width: WIDTH, height }, label, STYLE, [
    element("rect", { class: "page", width: WIDTH, height, rx: 6 }),
    ...renderTitle(results),
    ...children,
  ]);
}

/** Bars that share a floor. */
interface Panel {
  readonly title: string;
  readonly bars: readonly Series[];
  /** Targets in the order of their colours. */
  readonly targets: readonly string[];
}

/** Maps the ratios 0 to `max` to the width of the bars. */
interface Scale {
  readonly max: number;
}

function panelsOf(series: readonly Series[]): Panel[] {
  const withRatio = series.filter((one) => one.ratio !== undefined);
  const floors = [...new Set(withRatio.map((one) => one.floor))];
  return floors.map((floor) => {
    const bars = withRatio.filter((one) => one.floor === floor);
    const name = series.find((one) => one.target === floor)?.targetTitle ?? floor;
    const targets = [...new Set(bars.map((bar) => bar.target))];
    return { title: `1.0 = ${name}`, bars, targets };
  });
}

function renderTitle({ date, quick, machine, versions }: Results): Markup[] {
  const where = `${machine.processor}, ${machine.cores} cores, Node ${machine.node}`;
  const what = `workerd ${versions.workerd}, ${date.slice(0, 10)}${quick ? ", quick run" : ""}`;
  return [
    text("Cost over the floor, same run; shorter is better", { x: MARGIN, y: 28, class: "title" }),
    text(`${where}; ${what}`, { x: MARGIN, y: 46, class: "quiet" }),
  ];
}

function renderPanel(panel: Panel, scale: Scale, top: number): Markup[] {
  const children = [text(panel.title, { x: MARGIN, y: top + 22, class: "panel" })];
  children.push(...renderLegend(panel, top + 22), ...renderGrid(panel, scale, top));
  let y = top + PANEL_HEAD;
  for (const rows of rowsOf(panel)) {
    const height = rows.length * (BAR_HEIGHT + BAR_GAP);
    const title = rows[0]?.measureTitle ?? "";
    children.push(text(title, { x: MARGIN, y: y + height / 2 + 3 }));
    rows.forEach((bar, index) => {
      const colour = panel.targets.indexOf(bar.target) % COLOURS;
      children.push(...renderBar(bar, colour, scale, y + index * (BAR_HEIGHT + BAR_GAP)));
    });
    y += height + ROW_GAP;
  }
  return children;
}

function renderLegend({ title, targets, bars }: Panel, y: number): Markup[] {
  let x = Math.max(BAR_LEFT, MARGIN + title.length * 8 + 12);
  const entries = targets.flatMap((target, index) => {
    const name = bars.find((bar) => bar.target === target)?.targetTitle ?? target;
    const left = x;
    x += 34 + name.length * 7;
    return [
      element("rect", {
        class: `bar${index % COLOURS}`,
        x: left,
        y: y - 10,
        width: 11,
        height: 11,
        rx: 2,
      }),
      text(name, { x: left + 16, y, class: "quiet" }),
    ];
  });
  if (bars.every((bar) => budgetOf(bar) === undefined)) return entries;
  return [
    ...entries,
    element("line", { class: "budget", x1: x + 4, x2: x + 4, y1: y - 11, y2: y + 2 }),
    text("budget", { x: x + 12, y, class: "quiet" }),
  ];
}

function renderGrid(panel: Panel, scale: Scale, top: number): Markup[] {
  const y1 = top + PANEL_HEAD - 8;
  const y2 = top + panelHeight(panel) - ROW_GAP + 4;
  const steps = Array.from({ length: Math.floor(scale.max * 2) + 1 }, (_, step) => step / 2);
  return steps.flatMap((ratio) => {
    const x = position(ratio, scale);
    return [
      element("line", { class: ratio === 1 ? "floor" : "grid", x1: x, x2: x, y1, y2 }),
      text(ratio.toFixed(1), { x, y: y2 + 14, class: "quiet", "text-anchor": "middle" }),
    ];
  });
}

function renderBar(bar: Series, colour: number, scale: Scale, y: number): Markup[] {
  const ratio = ratioOf(bar);
  const budget = budgetOf(bar);
  const right = position(Math.min(ratio, scale.max), scale);
  const children = [
    element("rect", {
      class: `bar${colour}`,
      x: BAR_LEFT,
      y,
      width: right - BAR_LEFT,
      height: BAR_HEIGHT,
      rx: 2,
    }),
  ];
  if (ratio > scale.max) {
    children.push(
      element("line", {
        class: "cut",
        x1: right - 16,
        x2: right - 10,
        y1: y + BAR_HEIGHT + 2,
        y2: y - 2,
      }),
    );
  }
  if (budget !== undefined && budget <= scale.max) {
    const x = position(budget, scale);
    children.push(
      element("line", { class: "budget", x1: x, x2: x, y1: y - 2, y2: y + BAR_HEIGHT + 2 }),
    );
  }
  const missed = budget !== undefined && ratio > budget;
  children.push(
    text(`${ratio.toFixed(2)}x`, {
      x: BAR_LEFT + BAR_WIDTH + 12,
      y: y + BAR_HEIGHT - 3,
      ...(missed && { class: "missed" }),
    }),
    text(absolute(bar), { x: BAR_LEFT + BAR_WIDTH + 62, y: y + BAR_HEIGHT - 3, class: "quiet" }),
  );
  return children;
}

function rowsOf({ bars }: Panel): Series[][] {
  const measures = [...new Set(bars.map((bar) => bar.measure))];
  return measures.map((measure) => bars.filter((bar) => bar.measure === measure));
}

function panelHeight(panel: Panel): number {
  const axis = 14;
  const rows = rowsOf(panel).length;
  return PANEL_HEAD + panel.bars.length * (BAR_HEIGHT + BAR_GAP) + rows * ROW_GAP + axis;
}

function position(ratio: number, { max }: Scale): number {
  return BAR_LEFT + (ratio / max) * BAR_WIDTH;
}

function ratioOf({ ratio }: Series): number {
  return ratio ?? Number.NaN;
}

function budgetOf({ measure, target }: Series): number | undefined {
  return BUDGETS.find(({ mark }) => mark?.measure === measure && mark.target === target)?.budget;
}

function absolute({ median, unit }: Series): string {
  return `${median.toFixed(median < 10 ? 2 : 0)} ${unit}`;
}

function describe(bar: Series): string {
  return `${bar.measureTitle}: ${bar.targetTitle} ${ratioOf(bar).toFixed(2)}`;
}
