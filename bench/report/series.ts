import type { Sample } from "../measures/measure.ts";
import type { Series } from "./results.ts";
import { median, pairedRatios, spread } from "./statistics.ts";

/** What was measured on what. */
export interface Subject {
  readonly measure: { readonly id: string; readonly title: string; readonly unit: string };
  readonly target: { readonly id: string; readonly title: string; readonly floor: string };
}

/** Condenses samples; `floor` are those of the target's floor, in the same order of repetitions. */
export function summarise(
  { measure, target }: Subject,
  samples: readonly Sample[],
  floor: readonly Sample[] | undefined,
): Series {
  const values = samples.map((sample) => sample.value);
  const ratios =
    floor && target.floor !== target.id
      ? pairedRatios(
          values,
          floor.map((sample) => sample.value),
        )
      : [];
  return {
    measure: measure.id,
    measureTitle: measure.title,
    unit: measure.unit,
    target: target.id,
    targetTitle: target.title,
    floor: target.floor,
    samples,
    median: median(values),
    spread: spread(values),
    ...(ratios.length > 0 && { ratio: median(ratios) }),
  };
}
