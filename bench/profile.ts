/**
 * Tells where a measure's time goes on a target in workerd, function by function: what our code takes, and what the
 * platform takes for it and around it. Takes samples of the server's process with `perf`, which has to be installed.
 *
 *   node bench/profile.ts --measure pace-60 [--target dormouse-workerd] [--rounds 5] [--under webSocketMessage]
 *
 * All of the process is in it while the measure is taken, connects too: `--under` counts nothing but what a function with
 * this name calls. With the names of functions a message takes up to twice as long: compare shares, not times.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { LoadDriver } from "./load/driver.ts";
import { MEASURES } from "./measures/index.ts";
import { countFunctions, readStacks, type Stack } from "./report/stacks.ts";
import { FULL, WARM_UP } from "./settings.ts";
import { TARGETS } from "./targets/index.ts";

/** Samples a second. */
const FREQUENCY = 10_000;
/** Functions that are listed. */
const SHOWN = 40;
/** For `perf` to begin, in milliseconds. */
const BEGINNING = 500;

const { values: options } = parseArgs({
  options: {
    measure: { type: "string", default: "pace-60" },
    target: { type: "string", default: "dormouse-workerd" },
    rounds: { type: "string", default: "5" },
    under: { type: "string" },
  },
});
const measure = MEASURES.find(({ id }) => id === options.measure);
const target = TARGETS.find(({ id }) => id === options.target);
if (measure === undefined || target?.runtime !== "workerd") {
  console.error("--measure: an id of a measure, --target: one of a target in workerd");
  process.exit(2);
}

process.env.BENCH_NAMES = "1";
process.env.MINIFLARE_WORKERD_V8_FLAGS = "--perf-basic-prof --interpreted-frames-native-stack";
const folder = mkdtempSync(join(tmpdir(), "bench-profile-"));
const file = join(folder, "perf.data");
const load = new LoadDriver();
const server = await target.start();
try {
  const context = { target, server, load };
  const warm = { ...FULL, echo: WARM_UP.echo, broadcast: WARM_UP.broadcast };
  await measure.sample({ ...context, settings: warm });
  const perf = record(server.endpoint.pid);
  await sleep(BEGINNING);
  let operations = 0;
  for (let round = 0; round < Number(options.rounds); round += 1) {
    operations += (await measure.sample({ ...context, settings: FULL })).operations;
  }
  const end = once(perf, "exit");
  perf.kill("SIGINT");
  await end;
  await show(operations);
} finally {
  await server.stop();
  await load.stop();
  rmSync(folder, { recursive: true });
}

function record(pid: number): ChildProcess {
  const what = ["-e", "cpu-clock:u", "-F", String(FREQUENCY), "-g", "-p", String(pid)];
  return spawn("perf", ["record", "-q", ...what, "-o", file], { stdio: "inherit" });
}

/** The text of all samples may be longer than a string can be: it is read as it comes. */
async function readSamples(): Promise<Stack[]> {
  const printing = spawn("perf", ["script", "-i", file], { stdio: ["ignore", "pipe", "ignore"] });
  printing.stdout.setEncoding("utf8");
  const stacks: Stack[] = [];
  let rest = "";
  for await (const chunk of printing.stdout) {
    const samples = `${rest}${chunk}`.split("\n\n");
    rest = samples.pop() as string;
    stacks.push(...samples.flatMap(readStacks));
  }
  stacks.push(...readStacks(rest));
  return stacks;
}

async function show(operations: number): Promise<void> {
  const stacks = await readSamples();
  const { functions, platform, counted } = countFunctions(stacks, options.under);
  const share = (samples: number): string =>
    `${((100 * samples) / counted).toFixed(2)} %`.padStart(9);
  console.log(`${operations} operations, ${stacks.length} samples, ${counted} of them counted`);
  console.log("     self    with what it calls");
  console.log(
    `${share(platform)}            the platform, outside of all functions of the Worker's`,
  );
  for (const { name, self, inclusive } of functions.slice(0, SHOWN)) {
    console.log(`${share(self)} ${share(inclusive)}  ${name}`);
  }
}
