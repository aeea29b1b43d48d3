import type { LoadResult } from "../load/commands.ts";
import type { LoadDriver } from "../load/driver.ts";
import type { Settings } from "../settings.ts";
import type { RunningServer, Target } from "../targets/target.ts";

/** Something that is measured on each target, lower being better. */
export interface Measure {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** How a figure stands beside its floor's. */
  readonly comparison: Comparison;
  /** Each sample needs a server that has served nothing else. */
  readonly freshServer: boolean;
  repetitions(settings: Settings): number;
  /** Undefined where the measure makes sense on every target. */
  readonly appliesTo?: (target: Target) => boolean;
  /** Whether it is taken on no target but those that name it in `only`. */
  readonly onlyWhereNamed?: true;
  sample(context: SampleContext): Promise<Sample>;
}

/** Whether `measure` is to be taken on `target`. */
export function isTaken(measure: Measure, target: Target): boolean {
  const isNamed = target.only?.includes(measure.id) ?? measure.onlyWhereNamed !== true;
  return isNamed && (measure.appliesTo?.(target) ?? true);
}

export type Comparison = "ratio" | "difference";

/** What a measure works with. */
export interface SampleContext {
  readonly target: Target;
  readonly server: RunningServer;
  readonly load: LoadDriver;
  readonly settings: Settings;
}

/** One reading. */
export interface Sample {
  /** In the measure's unit. */
  readonly value: number;
  /** Operations that the value is an average of. */
  readonly operations: number;
  /** CPU used in the window, each in cores; undefined where no window was timed. */
  readonly load?: { readonly server: number; readonly generator: number; readonly others: number };
}

/** Server CPU per operation, in microseconds. */
export function cpuPerOperation({ operations, usage }: LoadResult): Sample {
  return {
    value: usage.server / operations,
    operations,
    load: {
      server: usage.server / usage.wall,
      generator: usage.generator / usage.wall,
      others: usage.others,
    },
  };
}
