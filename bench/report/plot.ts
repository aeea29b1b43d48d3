import { BUDGETS } from "./budgets.ts";
import { type Against, type Bar, type Figure, figuresOf } from "./questions.ts";
import type { Results, Series } from "./results.ts";
import { drawing, element, type Markup, text } from "./svg.ts";

const WIDTH = 760;
const MARGIN = 20;
const LABEL_WIDTH = 312;
const BAR_LEFT = MARGIN + LABEL_WIDTH;
const BAR_WIDTH = WIDTH - BAR_LEFT - 140;
const BAR_HEIGHT = 14;
const ROW_HEIGHT = 22;
const FIGURE_HEAD = 38;
const AXIS_HEIGHT = 22;
const FIGURE_GAP = 16;
const TITLE_HEIGHT = 86;
/** Bars beyond this ratio are cut; their number still stands beside them. */
const LARGEST_RATIO = 2.5;

const AGAINST: Readonly<Record<Against, string>> = {
  raw: "in workerd, over a raw object that does the same",
  "socket.io": "on Node, over socket.io",
  itself: "a feature on, over off",
};

const STYLE = `
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--ink)}
.title{font-size:16px;font-weight:600}.figure{font-weight:600}.quiet{fill:var(--quiet);font-size:12px}
.page{fill:var(--page)}.floor{stroke:var(--ink)}.cut{stroke:var(--page);stroke-width:4}.grid{stroke:var(--grid)}
.budget{stroke:var(--budget);stroke-width:3}.missed{fill:var(--budget);font-weight:600}
.raw{fill:var(--raw)}.socketio{fill:var(--socketio)}.itself{fill:var(--itself)}
svg{--page:#fff;--ink:#1f2328;--quiet:#59636e;--grid:#d8dee4;--budget:#cf222e;
--raw:#2f7d6d;--socketio:#8a6fc0;--itself:#b98429}
@media (prefers-color-scheme:dark){svg{--page:#0d1117;--ink:#e6edf3;--quiet:#9198a1;--grid:#30363d;
--budget:#ff7b72;--raw:#4fb39e;--socketio:#a996dd;--itself:#d9a548}}
`;

/** A figure for each question, under each other, as SVG; undefined when the run answers none. */
export function renderPlot(results: Results): string | undefined {
  const figures = figuresOf(results.series);
  if (figures.length === 0) return undefined;
  const children: Markup[] = [];
  let y = TITLE_HEIGHT;
  for (const figure of figures) {
    children.push(...renderFigure(figure, y));
    y += figureHeight(figure) + FIGURE_GAP;
  }
  const label = figures.flatMap(({ bars, unit }) => bars.map((bar) => describe(bar, unit)));
  return drawing({ width: WIDTH, height: y }, label.join("; "), STYLE, [
    element("rect", { class: "page", width: WIDTH, height: y, rx: 6 }),
    ...renderTitle(results),
    ...renderLegend(figures),
    ...children,
  ]);
}

function renderTitle({ date, quick, rounds, machine, versions }: Results): Markup[] {
  const where = `${machine.processor}, ${machine.cores} cores, Node ${machine.node}`;
  const run = quick ? ", quick run" : rounds === undefined ? "" : `, ${rounds} rounds`;
  const what = `workerd ${versions.workerd}, ${date.slice(0, 10)}${run}`;
  return [
    text("What Dormouse costs; shorter is better", { x: MARGIN, y: 28, class: "title" }),
    text(`${where}; ${what}`, { x: MARGIN, y: 46, class: "quiet" }),
  ];
}

/** What the colours mean, as far as they occur. */
function renderLegend(figures: readonly Figure[]): Markup[] {
  const y = 68;
  const used = new Set(figures.flatMap(({ bars }) => bars.map(({ against }) => against)));
  const kinds = (Object.keys(AGAINST) as Against[]).filter((against) => used.has(against));
  let x = MARGIN;
  const entries = kinds.flatMap((against) => {
    const left = x;
    x += 28 + AGAINST[against].length * 6.2;
    const square = { x: left, y: y - 10, width: 11, height: 11, rx: 2 };
    return [
      element("rect", { class: colourOf(against), ...square }),
      text(AGAINST[against], { x: left + 16, y, class: "quiet" }),
    ];
  });
  return [
    ...entries,
    element("line", { class: "budget", x1: x + 4, x2: x + 4, y1: y - 11, y2: y + 2 }),
    text("budget", { x: x + 12, y, class: "quiet" }),
  ];
}

function renderFigure(figure: Figure, top: number): Markup[] {
  const scale = scaleOf(figure);
  const children = [text(figure.title, { x: MARGIN, y: top + 18, class: "figure" })];
  children.push(...renderGrid(figure, scale, top));
  figure.bars.forEach((bar, index) => {
    children.push(...renderBar(bar, figure.unit, scale, top + FIGURE_HEAD + index * ROW_HEIGHT));
  });
  return children;
}

/** Maps 0 to `max` to the width of the bars; a line at each `step`. */
interface Scale {
  readonly max: number;
  readonly step: number;
}

function scaleOf({ unit, bars }: Figure): Scale {
  const values = bars.flatMap((bar) => [bar.value, budgetOf(bar.series) ?? 0]);
  const largest = Math.max(...values);
  if (unit === "ratio") {
    return { max: Math.min(LARGEST_RATIO, Math.max(1.5, Math.ceil(largest * 4) / 4)), step: 0.5 };
  }
  const step = 10 ** Math.floor(Math.log10(Math.max(largest, 1)));
  return { max: Math.max(Math.ceil(largest / step), 1) * step, step };
}

function renderGrid(figure: Figure, scale: Scale, top: number): Markup[] {
  const y1 = top + FIGURE_HEAD - 8;
  const y2 = top + figureHeight(figure) - AXIS_HEIGHT + 4;
  const floor = figure.unit === "ratio" ? 1 : 0;
  const steps = Array.from({ length: Math.floor(scale.max / scale.step) + 1 }, (_, count) => {
    return count * scale.step;
  });
  return steps.flatMap((value) => {
    const x = position(value, scale);
    const label = figure.unit === "ratio" ? value.toFixed(1) : String(value);
    return [
      element("line", { class: value === floor ? "floor" : "grid", x1: x, x2: x, y1, y2 }),
      text(label, { x, y: y2 + 14, class: "quiet", "text-anchor": "middle" }),
    ];
  });
}

function renderBar(bar: Bar, unit: Figure["unit"], scale: Scale, y: number): Markup[] {
  const budget = budgetOf(bar.series);
  const right = position(Math.min(Math.max(bar.value, 0), scale.max), scale);
  const box = { x: BAR_LEFT, y, width: right - BAR_LEFT, height: BAR_HEIGHT, rx: 2 };
  const baseline = y + BAR_HEIGHT - 3;
  const children = [
    text(bar.label, { x: MARGIN, y: baseline }),
    element("rect", { class: colourOf(bar.against), ...box }),
  ];
  if (bar.value > scale.max) {
    const [y1, y2] = [y + BAR_HEIGHT + 2, y - 2];
    children.push(element("line", { class: "cut", x1: right - 16, x2: right - 10, y1, y2 }));
  }
  if (budget !== undefined && budget <= scale.max) {
    const x = position(budget, scale);
    const [y1, y2] = [y - 2, y + BAR_HEIGHT + 2];
    children.push(element("line", { class: "budget", x1: x, x2: x, y1, y2 }));
  }
  const isMissed = budget !== undefined && bar.value > budget;
  const x = BAR_LEFT + BAR_WIDTH + 12;
  children.push(
    text(valueText(bar, unit), { x, y: baseline, ...(isMissed && { class: "missed" }) }),
    text(absolute(bar.series), { x: x + 56, y: baseline, class: "quiet" }),
  );
  return children;
}

function figureHeight({ bars }: Figure): number {
  return FIGURE_HEAD + bars.length * ROW_HEIGHT + AXIS_HEIGHT;
}

function position(value: number, { max }: Scale): number {
  return BAR_LEFT + (value / max) * BAR_WIDTH;
}

function colourOf(against: Against): string {
  return against.replace(".", "");
}

function budgetOf({ measure, target }: Series): number | undefined {
  return BUDGETS.find(({ mark }) => mark?.measure === measure && mark.target === target)?.budget;
}

function valueText({ value }: Bar, unit: Figure["unit"]): string {
  if (unit === "ratio") return `${value.toFixed(2)}x`;
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}

function absolute({ median, unit }: Series): string {
  return `${median.toFixed(median < 10 ? 2 : 0)} ${unit}`;
}

function describe(bar: Bar, unit: Figure["unit"]): string {
  const against = AGAINST[bar.against].replace(/^on Node, /, "");
  return `${bar.label}, ${against}: ${valueText(bar, unit)}`;
}
