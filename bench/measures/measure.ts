import type { BeginCommand, LoadResult } from "../load/commands.ts";
import type { LoadDriver } from "../load/driver.ts";
import { sumOf } from "../load/process-usage.ts";
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
  /** What is taken on all targets in short turns, instead of one sample after the other. */
  readonly turns?: Turns;
  sample(context: SampleContext): Promise<Sample>;
}

/** A load that is opened on all targets of a round, and runs on one at a time. */
export interface Turns {
  load(context: SampleContext): BeginCommand["load"];
  /** Of each target in a round. */
  count(settings: Settings): number;
  /** How long, or how much, each is: see `TurnCommand`. */
  amount(settings: Settings): number;
}

/** A measure that runs in turns, also where it is taken on one target alone. */
export function inTurns(measure: Omit<Measure, "sample"> & { readonly turns: Turns }): Measure {
  const { turns } = measure;
  return {
    ...measure,
    async sample(context) {
      const { load, server, settings } = context;
      await load.run<"begin">({ kind: "begin", load: turns.load(context) });
      const amount = turns.amount(settings);
      const results: LoadResult[] = [];
      for (let turn = 0; turn < turns.count(settings); turn += 1) {
        results.push(await load.run<"turn">({ kind: "turn", pid: server.endpoint.pid, amount }));
      }
      await load.run<"end">({ kind: "end" });
      return cpuPerOperation(together(results));
    },
  };
}

/** What several turns took. */
export function together(turns: readonly LoadResult[]): LoadResult {
  const operations = turns.reduce((sum, turn) => sum + turn.operations, 0);
  return { operations, usage: sumOf(turns.map(({ usage }) => usage)) };
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
  readonly load: Pick<LoadDriver, "run">;
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
      others: Math.max(0, usage.others) / usage.wall,
    },
  };
}
