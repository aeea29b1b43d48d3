import type { Series } from "./results.ts";

/** Shares of a core above which a window's figures are doubtful. */
const BUSY_OTHERS = 0.1;
const BUSY_GENERATOR = 0.95;

/** What a reader must know before trusting the series. */
export function findRemarks(series: readonly Series[]): string[] {
  const windows = series.flatMap(({ measure, target, samples }) =>
    samples.flatMap(({ load }) => (load ? [{ name: `${measure} on ${target}`, ...load }] : [])),
  );
  const remarks: string[] = [];
  const disturbed = windows.filter(({ others }) => others > BUSY_OTHERS);
  if (disturbed.length > 0) {
    const most = Math.max(...disturbed.map(({ others }) => others));
    remarks.push(
      `Other processes used more than ${BUSY_OTHERS} of a core in ${disturbed.length} of` +
        ` ${windows.length} windows, ${most.toFixed(2)} at most.`,
    );
  }
  const saturated = windows.filter(({ generator }) => generator > BUSY_GENERATOR);
  if (saturated.length > 0) {
    const names = [...new Set(saturated.map(({ name }) => name))].join(", ");
    remarks.push(`The load generator used a whole core in: ${names}.`);
  }
  return remarks;
}
