// `npm run test:long`: what takes too long for `npm test`, in stages; the first that fails ends it.
//
//   npm run test:long -- --only files,soak                   some stages
//   npm run test:long -- --only files tests/a.long.test.ts   some test files
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildPackage } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { buildCore } from "./support/core.mjs";
import { fuzz, fuzzers } from "./support/fuzzers.mjs";
import { CORE } from "./support/mutation/core.mjs";
import { mutate } from "./support/mutation/mutation.mjs";
import { testInNode } from "./support/node-tests.mjs";
import { main, ROOT } from "./support/process.mjs";
import { filesBelow } from "./support/sources.mjs";
import { runStages } from "./support/stages.mjs";

/** Says to test files that they may take their time. */
const LONG = { DORMOUSE_LONG: "1" };
const SOAKS = ["tests/soak/soak.test.ts", "tests/soak/recovery.test.ts"];
/** They show most of what the library does; there they run on it as it is packed, where members have short names. */
const PACKED = { DORMOUSE_PACKED: "1" };
const ON_PACKED = [
  "tests/scenarios/scenarios.partyserver-eviction.test.ts",
  "tests/scenarios/scenarios.polling.test.ts",
  "tests/scenarios/scenarios.shards.test.ts",
  "tests/scenarios/scenarios.workerd-eviction.test.ts",
  "tests/scenarios/scenarios.workerd.test.ts",
];
const FILE_TIMEOUT_MS = 3_600_000;
const SOAK_SECONDS = "600";
const FUZZ_SECONDS = 3_600;
/** Another seed with every day, so that in time every place has its turn. */
const SEED = Math.floor(Date.now() / 86_400_000);
/** `minimum`: so many of a hundred have to be noticed. Of the glue much only saves time. */
const MUTANTS = {
  core: { seed: SEED, count: 300, minimum: 80 },
  glue: { seed: SEED, count: 200, minimum: 60 },
};

const closingLines = [];

const STAGES = {
  setup: ["Setup", () => setUp("long")],
  files: ["Long tests, and the long forms of others", testFiles],
  packed: ["Scenarios on the library as it is packed", testPacked],
  soak: ["A thousand random clients on an object that sleeps, and on one that dies", soak],
  mutants: ["The core, broken on purpose", () => mutate(CORE, MUTANTS.core)],
  "glue-mutants": ["The glue, broken on purpose", mutateGlue],
  fuzz: ["Every fuzzer for an hour", () => fuzz(fuzzers(), FUZZ_SECONDS)],
};

await main(() => runStages(STAGES, closingLines));

async function testFiles(files) {
  // Some install the package as users do.
  await buildPackage();
  const chosen = files.length > 0 ? files : longFiles();
  closingLines.push(...(await testInNode("long", chosen, LONG, { timeout: FILE_TIMEOUT_MS })));
}

async function testPacked() {
  await buildPackage();
  closingLines.push(
    ...(await testInNode("packed", ON_PACKED, PACKED, { timeout: FILE_TIMEOUT_MS })),
  );
}

/** `*.long.test.ts`, and whatever has a long form behind `DORMOUSE_LONG`. */
function longFiles() {
  return filesBelow(["tests"], /\.test\.ts$/).filter((file) => {
    if (file.endsWith(".long.test.ts")) return true;
    return readFileSync(join(ROOT, file), "utf8").includes("process.env.DORMOUSE_LONG");
  });
}

async function soak() {
  await buildCore();
  const env = { ...LONG, DORMOUSE_SOAK: SOAK_SECONDS };
  closingLines.push(...(await testInNode("soak", SOAKS, env, { timeout: FILE_TIMEOUT_MS })));
}

async function mutateGlue() {
  await buildCore();
  // Not before packages are installed.
  const { GLUE } = await import("./support/mutation/glue.mjs");
  await mutate(GLUE, MUTANTS.glue);
}
