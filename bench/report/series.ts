import type { Comparison, Sample } from "../measures/measure.ts";
import type { Series } from "./results.ts";
import { median, pairwise, spread } from "./statistics.ts";

/** What was measured on what. */
export interface Subject {
  readonly measure: {
    readonly id: string;
    readonly title: string;
    readonly unit: string;
    readonly comparison: Comparison;
  };
  readonly target: { readonly id: string; readonly title: string; readonly floor: string };
}

/** Condenses samples; `floor` are those of the target's floor, in the same order of repetitions. */
export function summarise(
  { measure, target }: Subject,
  samples: readonly Sample[],
  floor: readonly Sample[] | undefined,
): Series {
  const values = samples.map(toValue);
  const series: Series = {
    measure: measure.id,
    measureTitle: measure.title,
    unit: measure.unit,
    target: target.id,
    targetTitle: target.title,
    floor: target.floor,
    samples,
    median: median(values),
    spread: spread(values),
  };
  if (floor === undefined || target.floor === target.id) return series;
  const bases = floor.map(toValue);
  return measure.comparison === "ratio"
    ? { ...series, ratio: median(pairwise(values, bases, (value, base) => value / base)) }
    : { ...series, excess: median(pairwise(values, bases, (value, base) => value - base)) };
}

function toValue({ value }: Sample): number {
  return value;
}
