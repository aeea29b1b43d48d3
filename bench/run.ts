import { LoadDriver } from "./load/driver.ts";
import type { Measure, Sample, SampleContext } from "./measures/measure.ts";
import type { Series } from "./report/results.ts";
import { summarise } from "./report/series.ts";
import { QUICK, type Settings } from "./settings.ts";
import type { RunningServer, Target } from "./targets/target.ts";

/** Takes all samples of `measures` on `targets`; `log` gets a line per sample. */
export async function runMeasures(
  measures: readonly Measure[],
  targets: readonly Target[],
  settings: Settings,
  log: (line: string) => void,
): Promise<Series[]> {
  const load = new LoadDriver();
  const samples = new SampleTable();
  const take = async (measure: Measure, context: SampleContext) => {
    const sample = await takeSample(measure, context);
    samples.add(measure, context.target, sample);
    log(describe(measure, context.target, sample));
  };
  const shared = measures.filter((measure) => !measure.freshServer);
  const fresh = measures.filter((measure) => measure.freshServer);
  try {
    if (shared.length > 0) {
      await withServers(targets, async (servers) => {
        log("warming up");
        for (const [measure, target] of schedule(shared, targets, WARM_UP)) {
          await takeSample(measure, { ...servers.context(target), load, settings: WARM_UP });
        }
        for (const [measure, target] of schedule(shared, targets, settings)) {
          await take(measure, { ...servers.context(target), load, settings });
        }
      });
    }
    for (const [measure, target] of schedule(fresh, targets, settings)) {
      await withServers([target], (servers) =>
        take(measure, { ...servers.context(target), load, settings }),
      );
    }
  } finally {
    await load.stop();
  }
  return samples.series(measures, targets);
}

/** One short round of everything: compiled code and grown heaps before the first sample. */
const WARM_UP: Settings = { ...QUICK, repetitions: 1 };

/**
 * Order of the samples: in each repetition every measure visits every target, so that a machine
 * that slows down or speeds up does so for all. The first target of a round rotates.
 */
function* schedule(
  measures: readonly Measure[],
  targets: readonly Target[],
  settings: Settings,
): Generator<[Measure, Target]> {
  const order = [...targets];
  const rounds = Math.max(0, ...measures.map((measure) => measure.repetitions(settings)));
  for (let round = 0; round < rounds; round += 1) {
    for (const measure of measures) {
      if (round >= measure.repetitions(settings)) continue;
      for (const target of order) {
        if (measure.appliesTo?.(target) ?? true) yield [measure, target];
      }
    }
    order.push(...order.splice(0, 1));
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

async function takeSample(measure: Measure, context: SampleContext): Promise<Sample> {
  try {
    return await measure.sample(context);
  } catch (cause) {
    throw new Error(`${measure.id} on ${context.target.id} failed`, { cause });
  }
}

/** Samples by measure and target, in the order they were taken. */
class SampleTable {
  readonly #samples = new Map<string, Sample[]>();

  add(measure: Measure, target: Target, sample: Sample): void {
    const samples = this.#get(measure, target.id);
    if (samples) samples.push(sample);
    else this.#samples.set(`${measure.id} ${target.id}`, [sample]);
  }

  series(measures: readonly Measure[], targets: readonly Target[]): Series[] {
    return measures.flatMap((measure) =>
      targets.flatMap((target) => {
        const samples = this.#get(measure, target.id);
        if (samples === undefined) return [];
        return [summarise({ measure, target }, samples, this.#get(measure, target.floor))];
      }),
    );
  }

  #get(measure: Measure, target: string): Sample[] | undefined {
    return this.#samples.get(`${measure.id} ${target}`);
  }
}

function describe(measure: Measure, target: Target, { value, operations, load }: Sample): string {
  const cores = load
    ? `, in cores: server ${load.server.toFixed(2)}, generator ${load.generator.toFixed(2)},` +
      ` others ${load.others.toFixed(2)}`
    : "";
  return `${measure.id} ${target.id}: ${value.toFixed(2)} ${measure.unit} (${operations}${cores})`;
}
