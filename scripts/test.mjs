// `npm test`: everything there is to check, in stages; the first that fails ends it.
//
//   npm test -- --only core,fuzz                      some stages
//   npm test -- --only node tests/glue/core/core.test.ts      some test files
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPackage } from "./build.mjs";
import { buildPage } from "./build-page.mjs";
import { GENERATED, generate } from "./generate.mjs";
import { setUp } from "./setup.mjs";
import { build, buildCore, CORE_WASM } from "./support/core.mjs";
import { fuzz, fuzzers } from "./support/fuzzers.mjs";
import { checkFormat, lint } from "./support/lint.mjs";
import { checkModule } from "./support/module.mjs";
import { Failure, main, NODE, outputOf, ROOT, run } from "./support/process.mjs";
import { filesBelow } from "./support/sources.mjs";

const EMSCRIPTEN_WASM = join(ROOT, "build", "emscripten", "core.wasm");
const FUZZ_SECONDS = 20;
/** A test file that takes longer hangs. */
const FILE_TIMEOUT_MS = 300_000;

/** Lines with which the runners closed, to be repeated at the very end. */
const closingLines = [];

const STAGES = {
  setup: ["Setup", () => setUp("test")],
  format: ["Format", checkFormat],
  lint: ["Lint: Biome, TypeScript, clang-tidy", lint],
  generated: ["Generated file", checkGenerated],
  core: ["Core: doctest under ASan and UBSan", testCore],
  fuzz: ["Fuzzers", () => fuzz(fuzzers(), FUZZ_SECONDS)],
  wasm: ["core.wasm by clang and by Emscripten", testModules],
  package: ["Package and page", buildAll],
  emscripten: ["Glue on Emscripten's core.wasm", testOnEmscripten],
  node: ["Tests in Node, workerd and Chromium", testAll],
};

await main(async () => {
  const { values, positionals: files } = parseArgs({
    options: { only: { type: "string" } },
    allowPositionals: true,
  });
  const names = values.only === undefined ? Object.keys(STAGES) : values.only.split(",");
  for (const name of names) {
    const stage = STAGES[name];
    if (!stage) throw new Failure(`No stage ${name}. There are: ${Object.keys(STAGES).join(", ")}`);
    await runStage(stage[0], () => stage[1](files));
  }
  console.log(`\n${closingLines.join("\n")}`);
});

async function runStage(title, work) {
  console.log(`\n== ${title}`);
  const start = Date.now();
  try {
    await work();
  } catch (error) {
    if (error instanceof Failure) error.message = `Failed: ${title}: ${error.message}`;
    throw error;
  }
  console.log(`== ${title}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

async function checkGenerated() {
  if (readFileSync(GENERATED, "utf8") === (await generate())) return;
  throw new Failure(`${GENERATED} is not what the C++ headers say; run \`npm run generate\``);
}

async function testCore() {
  await build("native");
  checkDiscovery();
  const log = join(ROOT, "build", "native", "ctest.log");
  await run("ctest", ["--preset", "native", "--parallel", "2", "--output-log", log]);
  closingLines.push(...readFileSync(log, "utf8").match(/^\d+% tests passed.*$/gm));
}

/** A name that CMake's lists cannot hold would be discovered as something else, and never run. */
function checkDiscovery() {
  const plan = JSON.parse(outputOf("ctest", ["--preset", "native", "--show-only=json-v1"]));
  const program = join(ROOT, "build", "native", "core_tests");
  const listing = outputOf(program, ["--list-test-cases", "--no-intro"]);
  const there = Number(/passing the current filters: (\d+)/.exec(listing)?.[1]);
  if (plan.tests.length === there) return;
  throw new Failure(`ctest knows ${plan.tests.length} of ${there} test cases: a ";" in a name?`);
}

async function testModules() {
  await buildCore();
  await build("emscripten");
  const [ours, theirs] = [CORE_WASM, EMSCRIPTEN_WASM].map((file) => checkModule(file).join(" "));
  if (ours !== theirs) throw new Failure("the two modules export different functions");
}

async function buildAll() {
  await buildPackage();
  await buildPage();
}

async function testOnEmscripten(files) {
  await build("emscripten");
  const glue = filesBelow(["tests/glue"], /\.test\.ts$/);
  await testInNode(files.length > 0 ? files : glue, { DORMOUSE_CORE_WASM: EMSCRIPTEN_WASM });
}

async function testAll(files) {
  await buildCore();
  const all = filesBelow(["tests"], /\.test\.ts$/);
  closingLines.push(...(await testInNode(files.length > 0 ? files : all)));
}

/**
 * Runs test files with Node's own runner; gives the lines with which its TAP ends. One file at a
 * time on every machine: dev servers, browsers and load would disturb tests that wait for real time.
 * A failure is final: a second try would hide what happens only sometimes.
 */
async function testInNode(files, env = {}) {
  const folder = join(ROOT, "build", "test");
  mkdirSync(folder, { recursive: true });
  const tap = join(folder, "node.tap");
  const reporters = [
    ["spec", "stdout"],
    ["tap", tap],
  ].flatMap(([kind, to]) => [`--test-reporter=${kind}`, `--test-reporter-destination=${to}`]);
  const pace = ["--test-concurrency=1", `--test-timeout=${FILE_TIMEOUT_MS}`];
  await run(NODE, ["--test", ...pace, ...reporters, ...files], env);
  return readFileSync(tap, "utf8").match(
    /^# (tests|suites|pass|fail|cancelled|skipped|todo) \d+$/gm,
  );
}
