import type { BudgetResult, Results, Series } from "./results.ts";

/** The run as text for a terminal. */
export function renderTables(results: Results): string {
  const sections = [
    results.quick ? "A quick run: use it to see that things work, not for figures." : "",
    table(
      ["measure", "target", "median", "spread", "against floor"],
      results.series.map(seriesRow),
    ),
    table(
      ["size", "KiB"],
      results.sizes.map(({ title, bytes }) => [title, (bytes / 1024).toFixed(1)]),
    ),
    table(
      ["count", ""],
      results.counts.map(({ title, value }) => [title, String(value)]),
    ),
    table(["budget", "budget", "aim", "measured", "verdict"], results.budgets.map(budgetRow)),
    results.remarks.map((remark) => `- ${remark}`).join("\n"),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function seriesRow(series: Series): string[] {
  const { measureTitle, targetTitle, median, unit, spread } = series;
  return [
    measureTitle,
    targetTitle,
    `${median.toFixed(median < 10 ? 2 : 1)} ${unit}`,
    `±${(spread * 100).toFixed(0)}%`,
    againstFloor(series),
  ];
}

function againstFloor({ ratio, excess, unit, target, floor }: Series): string {
  if (ratio !== undefined) return `${ratio.toFixed(2)}x`;
  if (excess !== undefined) return `${excess < 0 ? "" : "+"}${excess.toFixed(1)} ${unit}`;
  return target === floor ? "floor" : "no floor";
}

function budgetRow({ title, unit, budget, aim, measured, verdict }: BudgetResult): string[] {
  const show = (value: number) =>
    unit === "x" ? `${value.toFixed(2)}x` : `${value} ${unit}`.trimEnd();
  const rounded = measured && Math.round(measured * 100) / 100;
  return [title, show(budget), show(aim), rounded === undefined ? "-" : show(rounded), verdict];
}

/** Columns padded to their widest cell; nothing if there are no rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
