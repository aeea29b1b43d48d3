/**
 * The first table of the benchmark's page, of the run that is kept: whoever keeps a run puts it there. `node
 * bench/report/summary.ts` prints the page as it should be, for `npm run generate` and for the check of what is generated.
 */
import { readFileSync } from "node:fs";
import { BUDGETS } from "./budgets.ts";
import { GOALS, type Goal } from "./goals.ts";
import type { Results, Series } from "./results.ts";
import { pairwise, quantile } from "./statistics.ts";

/** The page, next to the folder of the reports. */
export const PAGE = new URL("../README.md", import.meta.url);

const START = "<!-- the kept run: `npm run generate` -->\n";
const END = "\n<!-- end of the kept run -->";

/** The page with the table of this run. */
export function withSummary(page: string, results: Results): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error("bench/README.md has no place for the kept run");
  return page.slice(0, start + START.length) + renderSummary(results) + page.slice(end);
}

/** As Markdown, with a line on where it comes from. */
export function renderSummary(results: Results): string {
  const head = ["", "goal", "now (quartiles)", "the least", "met"];
  const rows = GOALS.map((goal) => rowOf(goal, results));
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .concat("", originOf(results))
    .join("\n");
}

function rowOf({ what, budget: id, least, why }: Goal, results: Results): string[] {
  const budget = BUDGETS.find((one) => one.id === id);
  if (budget === undefined) throw new Error(`there is no budget ${id}`);
  const { aim, unit } = budget;
  const measured = budget.measured(results);
  const { measure = "", target = "" } = budget.mark ?? {};
  const find = (of: string) =>
    results.series.find((one) => one.measure === measure && one.target === of);
  const own = find(target);
  const now =
    measured === undefined ? "not measured" : `${show(measured, unit)}${quartiles(own, results)}`;
  const isMet = measured !== undefined && measured <= aim;
  const verdict = measured === undefined ? "" : isMet ? "yes" : `no: ${why}`;
  return [what, `≤ ${show(aim, unit)}`, now, leastOf(least, find), verdict];
}

function leastOf(least: Goal["least"], find: (target: string) => Series | undefined): string {
  if ("text" in least) return least.text;
  const series = find(least.target);
  const value = series?.ratio ?? series?.excess;
  if (value === undefined) return "";
  return show(value, series?.ratio === undefined ? "ms" : "x");
}

/** Of the comparisons round by round. */
function quartiles(series: Series | undefined, results: Results): string {
  if (series === undefined) return "";
  const floor = results.series.find(
    ({ measure, target }) => measure === series.measure && target === series.floor,
  );
  if (floor === undefined) return "";
  const compare = (value: number, base: number) =>
    series.ratio === undefined ? value - base : value / base;
  const values = (of: Series) => of.samples.map(({ value }) => value);
  const all = pairwise(values(series), values(floor), compare);
  const [low, high] = [0.25, 0.75].map((share) => quantile(all, share).toFixed(2));
  return ` (${low} to ${high})`;
}

function show(value: number, unit: string): string {
  if (unit === "x") return value.toFixed(2);
  if (unit === "ms") return `${value < 0 ? "" : "+"}${value.toFixed(2)} ms`;
  return `${value.toFixed(1)} ${unit}`;
}

function originOf({ date, rounds, machine, remarks }: Results): string {
  const { processor, cores, node } = machine;
  const run = `The run of ${date.slice(0, 16).replace("T", " ")} UTC, ${rounds ?? 30} rounds, on ${cores} cores of ${processor}, Node ${node}.`;
  return [run, ...remarks].join(" ");
}

if (import.meta.main) {
  const file = new URL("../results/latest.json", import.meta.url);
  const results = JSON.parse(readFileSync(file, "utf8")) as Results;
  process.stdout.write(withSummary(readFileSync(PAGE, "utf8"), results));
}
