/**
 * Measures Dormouse beside its floors and peers; README.md in this directory explains it.
 *
 *   node bench/main.ts [--quick] [--rounds <n>] [--target <id>]... [--measure <id>]... [--save]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CODEC_MEASURE, measureCodecs } from "./measures/codec.ts";
import { measureCoreMemory } from "./measures/core-memory.ts";
import { measureCounts } from "./measures/counts.ts";
import { CROWD_MEASURE, measureCrowds } from "./measures/crowd.ts";
import { MEASURES } from "./measures/index.ts";
import { measureRecovery, RECOVERY_MEASURE, type RecoveryFigures } from "./measures/recovery.ts";
import { measureShards, SHARDS_MEASURE } from "./measures/shards.ts";
import { measureUpload } from "./measures/sizes.ts";
import { judgeBudgets } from "./report/budgets.ts";
import { describeMachine, describeVersions } from "./report/machine.ts";
import { renderPlot } from "./report/plot.ts";
import { findRemarks } from "./report/remarks.ts";
import type { Count, Results, Series, Size } from "./report/results.ts";
import { PAGE, withSummary } from "./report/summary.ts";
import { renderTables } from "./report/table.ts";
import { runMeasures } from "./run.ts";
import { FULL, QUICK, type Settings } from "./settings.ts";
import { TARGETS } from "./targets/index.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    save: { type: "boolean", default: false },
    target: { type: "string", multiple: true },
    measure: { type: "string", multiple: true },
  },
});
checkIds("measure", options.measure, [
  ...MEASURES,
  CODEC_MEASURE,
  RECOVERY_MEASURE,
  SHARDS_MEASURE,
  CROWD_MEASURE,
]);
checkIds("target", options.target, TARGETS);
const started = new Date();
const remarks: string[] = [];
const settings = withRounds(options.quick ? QUICK : FULL, options.rounds);
const series = [...(await runTargets(settings)), ...(await runCodecs(settings))];
const recovery = await runRecovery(settings);
const sizes = [...(await runSizes()), ...recovery.sizes];
const counts = [
  ...(await runCounts(settings)),
  ...(await runCrowds(settings)),
  ...(await runShards()),
  ...recovery.counts,
];
const results: Results = {
  schema: 1,
  date: started.toISOString(),
  quick: options.quick,
  rounds: settings.repetitions,
  machine: describeMachine(),
  versions: describeVersions(),
  series,
  sizes,
  counts,
  budgets: judgeBudgets({ series, sizes, counts }),
  remarks: [...remarks, ...findRemarks(series)],
};
console.log(`\n${renderTables(results)}`);
// A partial or quick run must not replace published figures by accident.
const isWhole = !options.quick && !options.target && !options.measure;
if (isWhole || options.save) save(results);

async function runTargets(settings: Settings): Promise<Series[]> {
  const measures = MEASURES.filter(({ id }) => isChosen(id, options.measure));
  const chosen = TARGETS.filter(({ id, onRequest }) => {
    return isChosen(id, options.target ?? (onRequest ? [] : undefined));
  });
  if (measures.length === 0 || chosen.length === 0) return [];
  const targets = chosen.filter((target) => {
    const reason = target.unavailable();
    if (reason !== undefined) remarks.push(`${target.title} was left out: ${reason}.`);
    return reason === undefined;
  });
  const log = (line: string) => console.error(line);
  const { series, failures } = await runMeasures(measures, targets, settings, log);
  remarks.push(...failures);
  if (failures.length > 0) process.exitCode = 1;
  return [...series];
}

async function runCodecs(settings: Settings): Promise<Series[]> {
  if (options.target || !isChosen(CODEC_MEASURE.id, options.measure)) return [];
  if (hasCore()) return measureCodecs(settings);
  remarks.push("The codecs were left out: wasm/core.wasm is missing.");
  return [];
}

async function runSizes(): Promise<Size[]> {
  if (options.target || options.measure) return [];
  if (hasCore()) return [...(await measureUpload()), measureCoreMemory()];
  remarks.push("The sizes were left out: wasm/core.wasm is missing.");
  return [];
}

async function runCounts(settings: Settings): Promise<Count[]> {
  if (options.target || options.measure) return [];
  const target = TARGETS.find(({ id }) => id === "dormouse-workerd");
  if (target?.unavailable() !== undefined) return [];
  return attempt("The counts", () => measureCounts(settings), []);
}

async function runCrowds(settings: Settings): Promise<Count[]> {
  if (options.target || !isChosen(CROWD_MEASURE.id, options.measure)) return [];
  if (hasCore()) return attempt("Crowds", () => measureCrowds(settings), []);
  remarks.push("Crowds were left out: wasm/core.wasm is missing.");
  return [];
}

async function runShards(): Promise<Count[]> {
  if (options.target || !isChosen(SHARDS_MEASURE.id, options.measure)) return [];
  const target = TARGETS.find(({ id }) => id === "shards-workerd");
  if (target?.unavailable() !== undefined) return [];
  return attempt("Shards", measureShards, []);
}

async function runRecovery(settings: Settings): Promise<RecoveryFigures> {
  const nothing = { counts: [], sizes: [] };
  if (options.target || !isChosen(RECOVERY_MEASURE.id, options.measure)) return nothing;
  const target = TARGETS.find(({ id }) => id === "recovery-workerd");
  if (target?.unavailable() !== undefined) return nothing;
  return attempt("Recovery", () => measureRecovery(settings), nothing);
}

/** `what` fails with a remark, and nothing else does. */
async function attempt<T>(what: string, run: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    remarks.push(`${what} failed: ${error instanceof Error ? error.message : error}.`);
    process.exitCode = 1;
    return otherwise;
  }
}

/** `rounds`: so many of each measure at most. */
function withRounds(settings: Settings, rounds: string | undefined): Settings {
  if (rounds === undefined) return settings;
  const most = Number(rounds);
  if (!Number.isInteger(most) || most < 1) {
    console.error(`--rounds ${rounds} is no number of rounds`);
    process.exit(2);
  }
  const { pace, wake, start } = settings;
  return {
    ...settings,
    repetitions: Math.min(settings.repetitions, most),
    pace: { ...pace, repetitions: Math.min(pace.repetitions, most) },
    wake: { ...wake, repetitions: Math.min(wake.repetitions, most) },
    start: { ...start, repetitions: Math.min(start.repetitions, most) },
  };
}

function hasCore(): boolean {
  return existsSync(new URL("../wasm/core.wasm", import.meta.url));
}

function checkIds(
  option: string,
  chosen: readonly string[] | undefined,
  known: readonly { readonly id: string }[],
): void {
  const ids = known.map(({ id }) => id);
  const unknown = chosen?.find((id) => !ids.includes(id));
  if (unknown === undefined) return;
  console.error(`--${option} ${unknown} is unknown; there are: ${ids.join(", ")}`);
  process.exit(2);
}

function isChosen(id: string, chosen: readonly string[] | undefined): boolean {
  return chosen === undefined || chosen.includes(id);
}

function save(results: Results): void {
  const directory = new URL("./results/", import.meta.url);
  mkdirSync(directory, { recursive: true });
  writeFileSync(new URL("latest.json", directory), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(PAGE, withSummary(readFileSync(PAGE, "utf8"), results));
  const plot = renderPlot(results);
  if (plot !== undefined) writeFileSync(new URL("latest.svg", directory), plot);
}
