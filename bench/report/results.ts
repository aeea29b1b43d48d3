import type { Sample } from "../measures/measure.ts";

/** Everything that one run found; this is the content of `latest.json`. */
export interface Results {
  readonly schema: 1;
  /** ISO 8601. */
  readonly date: string;
  /** A short run: not for publication. */
  readonly quick: boolean;
  /** Of most measures; undefined in results of before. */
  readonly rounds?: number;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly series: readonly Series[];
  readonly sizes: readonly Size[];
  readonly counts: readonly Count[];
  readonly budgets: readonly BudgetResult[];
  /** What makes figures of this run doubtful, and what was left out and why. */
  readonly remarks: readonly string[];
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
}

/** The samples of one measure on one target. */
export interface Series {
  readonly measure: string;
  readonly measureTitle: string;
  readonly unit: string;
  readonly target: string;
  readonly targetTitle: string;
  /** Id of the target whose median is 1.0. */
  readonly floor: string;
  readonly samples: readonly Sample[];
  readonly median: number;
  /** Half the interquartile range as a share of the median. */
  readonly spread: number;
  /** Median of the ratios to the floor, repetition by repetition; undefined for a floor. */
  readonly ratio?: number;
  /** Median of the differences from the floor, where a ratio says nothing; in the unit. */
  readonly excess?: number;
}

/** The size of something that is shipped. */
export interface Size {
  readonly id: string;
  readonly title: string;
  readonly bytes: number;
}

/** How often something that costs money happened; exact, not timed. */
export interface Count {
  readonly id: string;
  readonly title: string;
  readonly value: number;
}

/** One budget of the design, against what was measured. */
export interface BudgetResult {
  readonly title: string;
  readonly unit: string;
  readonly budget: number;
  readonly aim: number;
  /** Undefined if this run did not measure it. */
  readonly measured?: number;
  readonly verdict: "aim met" | "met" | "missed" | "not measured";
}
