import { LoadDriver } from "./load/driver.ts";
import { isTaken, type Measure, type Sample, type SampleContext } from "./measures/measure.ts";
import { sampleInTurns } from "./measures/turns.ts";
import type { Series } from "./report/results.ts";
import { summarise } from "./report/series.ts";
import { type Settings, WARM_UP } from "./settings.ts";
import { floorOf, type RunningServer, type Target } from "./targets/target.ts";

/** What came of a run. */
export interface Outcome {
  readonly series: readonly Series[];
  /** One line for each measure that failed on a target; it has no series. */
  readonly failures: readonly string[];
}

/** Takes all samples of `measures` on `targets`; `log` gets a line per sample. */
export async function runMeasures(
  measures: readonly Measure[],
  targets: readonly Target[],
  settings: Settings,
  log: (line: string) => void,
): Promise<Outcome> {
  const load = new LoadDriver();
  const samples = new SampleTable();
  const shared = measures.filter((measure) => !measure.freshServer);
  const fresh = measures.filter((measure) => measure.freshServer);
  const sampling = new Sampling(samples, load, log);
  try {
    if (shared.length > 0) {
      const measured = targets.filter((target) =>
        shared.some((measure) => isTaken(measure, target)),
      );
      await withServers(measured, async (servers) => {
        const contextsOf = (order: readonly Target[], settings: Settings) =>
          order.map((target) => ({ ...servers.context(target), load, settings }));
        log("warming up");
        for (const { measure, targets } of schedule(shared, measured, WARM_UP)) {
          await sampling.take(measure, contextsOf(targets, WARM_UP), "thrown away");
        }
        log("measuring");
        for (const { measure, targets } of schedule(shared, measured, settings)) {
          await sampling.take(measure, contextsOf(targets, settings), "kept");
        }
      });
    }
    for (const { measure, targets: order } of schedule(fresh, targets, settings)) {
      for (const target of order) {
        await withServers([target], (servers) =>
          sampling.take(measure, [{ ...servers.context(target), load, settings }], "kept"),
        );
      }
    }
  } finally {
    await load.stop();
  }
  return { series: samples.series(measures, targets), failures: samples.failures };
}

/** Takes samples of several targets, in turns where the measure has them. */
class Sampling {
  readonly #samples: SampleTable;
  readonly #load: LoadDriver;
  readonly #log: (line: string) => void;

  constructor(samples: SampleTable, load: LoadDriver, log: (line: string) => void) {
    this.#samples = samples;
    this.#load = load;
    this.#log = log;
  }

  /** One of each target for which the measure has not failed. */
  async take(
    measure: Measure,
    contexts: readonly SampleContext[],
    fate: "kept" | "thrown away",
  ): Promise<void> {
    const note = (target: Target, sample: Sample): void => {
      if (fate === "kept") this.#samples.add(measure, target, sample);
      this.#log(describe(measure, target, sample));
    };
    const visited = contexts.filter(({ target }) => !this.#samples.hasFailed(measure, target));
    const { turns } = measure;
    if (turns === undefined) {
      for (const context of visited) {
        const { target } = context;
        const sample = await this.#attempt(measure, target, () => measure.sample(context));
        if (sample !== undefined) note(target, sample);
      }
      return;
    }
    // A target that fails leaves the others without connections: none of them has a sample of that round.
    const round = await sampleInTurns(turns, visited, (target, step) =>
      this.#attempt(measure, target, step),
    );
    for (const [target, sample] of round ?? []) note(target, sample);
  }

  /** Undefined if that failed: the measure has no more samples of the target. */
  async #attempt<T>(
    measure: Measure,
    target: Target,
    step: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      this.#log(this.#samples.fail(measure, target, error));
      await this.#load.restart();
      return undefined;
    }
  }
}

/** One visit of a measure to each of its targets, in this order. */
interface Round {
  readonly measure: Measure;
  readonly targets: readonly Target[];
}

/**
 * Order of the samples: in each round a measure visits every target, so that a machine that slows down
 * or speeds up does so for all. The first target of a round rotates. One measure is done before the next
 * begins: nobody pays for the garbage that another measure's connections left behind.
 */
function* schedule(
  measures: readonly Measure[],
  targets: readonly Target[],
  settings: Settings,
): Generator<Round> {
  for (const measure of measures) {
    const order = targets.filter((target) => isTaken(measure, target));
    for (let round = 0; round < measure.repetitions(settings); round += 1) {
      // Nobody is compared with a target of the other runtime: they need not wait for each other's turns.
      for (const runtime of ["workerd", "node"]) {
        yield { measure, targets: order.filter((target) => target.runtime === runtime) };
      }
      order.push(...order.splice(0, 1));
    }
  }
}

/** The running servers by target. */
interface Servers {
  context(target: Target): Pick<SampleContext, "target" | "server">;
}

async function withServers(
  targets: readonly Target[],
  body: (servers: Servers) => Promise<void>,
): Promise<void> {
  const running = new Map<Target, RunningServer>();
  try {
    for (const target of targets) running.set(target, await target.start());
    await body({
      context(target) {
        const server = running.get(target);
        if (server === undefined) throw new Error(`${target.id} is not running`);
        return { target, server };
      },
    });
  } finally {
    await Promise.all([...running.values()].map((server) => server.stop()));
  }
}

/** Samples by measure and target, in the order they were taken. */
class SampleTable {
  readonly #samples = new Map<string, Sample[]>();
  readonly #failures = new Map<string, string>();

  get failures(): string[] {
    return [...this.#failures.values()];
  }

  add(measure: Measure, target: Target, sample: Sample): void {
    const samples = this.#get(measure, target.id);
    if (samples) samples.push(sample);
    else this.#samples.set(key(measure, target.id), [sample]);
  }

  /** Notes that there will be no series, and says so. */
  fail(measure: Measure, target: Target, error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    const line = `${measure.id} failed on ${target.id}: ${reason}.`;
    this.#failures.set(key(measure, target.id), line);
    return line;
  }

  hasFailed(measure: Measure, target: Target): boolean {
    return this.#failures.has(key(measure, target.id));
  }

  series(measures: readonly Measure[], targets: readonly Target[]): Series[] {
    return measures.flatMap((measure) =>
      targets.flatMap((target) => {
        const samples = this.#get(measure, target.id);
        if (samples === undefined) return [];
        const floor = floorOf(target, measure.id);
        const subject = { measure, target: { ...target, floor } };
        return [summarise(subject, samples, this.#get(measure, floor))];
      }),
    );
  }

  /** Undefined also if there are samples, but the measure failed later. */
  #get(measure: Measure, target: string): Sample[] | undefined {
    if (this.#failures.has(key(measure, target))) return undefined;
    return this.#samples.get(key(measure, target));
  }
}

function key(measure: Measure, target: string): string {
  return `${measure.id} ${target}`;
}

function describe(measure: Measure, target: Target, { value, operations, load }: Sample): string {
  const cores = load
    ? `, in cores: server ${load.server.toFixed(2)}, generator ${load.generator.toFixed(2)},` +
      ` others ${load.others.toFixed(2)}`
    : "";
  return `${measure.id} ${target.id}: ${value.toFixed(2)} ${measure.unit} (${operations}${cores})`;
}
