// `npm test`: everything there is to check, in stages; the first that fails ends it.
//
//   npm test -- --only core,fuzz                      some stages
//   npm test -- --only node tests/glue/core/core.test.ts      some test files
//
// What takes longer than minutes is in `npm run test:long`.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildPackage } from "./build.mjs";
import { buildPage } from "./build-page.mjs";
import { generate } from "./generate.mjs";
import { setUp } from "./setup.mjs";
import { build, buildCore, CORE_WASM } from "./support/core.mjs";
import { fuzz, fuzzers } from "./support/fuzzers.mjs";
import { checkFormat, lint } from "./support/lint.mjs";
import { checkModule } from "./support/module.mjs";
import { logOf, testInNode } from "./support/node-tests.mjs";
import { Failure, main, outputOf, ROOT, run, together } from "./support/process.mjs";
import { runStages } from "./support/stages.mjs";
import { byPace, glueTests, PACES, testFiles } from "./support/test-files.mjs";

const EMSCRIPTEN_WASM = join(ROOT, "build", "emscripten", "core.wasm");
/** For each of five: a minute in all. */
const FUZZ_SECONDS = 12;
/** Lines with which the runners closed, to be repeated at the very end. */
const closingLines = [];

const STAGES = {
  setup: ["Setup", () => setUp("test")],
  format: ["Format", checkFormat],
  lint: ["Lint: Biome, TypeScript, clang-tidy", lint],
  generated: ["Generated files", checkGenerated],
  core: ["Core: doctest under ASan and UBSan", testCore],
  fuzz: ["Fuzzers", () => fuzz(fuzzers(), FUZZ_SECONDS)],
  wasm: ["core.wasm by clang and by Emscripten", testModules],
  package: ["Package and page", buildAll],
  emscripten: ["Glue on Emscripten's core.wasm", testOnEmscripten],
  unhurried: ["Tests of the glue, and others that do not wait for real time", testUnhurried],
  node: ["Tests in Node, workerd and Chromium", testRest],
  together: [
    "Tests in Node, workerd and Chromium; beside them those that do not wait",
    testTogether,
  ],
  alone: ["Tests that do not bear others beside them", testAlone],
};

/** Without `--only`: `together` and `alone` are the tests of the three before. */
const { emscripten: _emscripten, unhurried: _unhurried, node: _node, ...whole } = STAGES;

await main(() => runStages(STAGES, closingLines, Object.keys(whole)));

async function checkGenerated() {
  for (const [file, content] of await generate()) {
    if (readFileSync(file, "utf8") === content) continue;
    throw new Failure(`${file} is not what it is made from; run \`npm run generate\``);
  }
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

async function testOnEmscripten(files, lane = {}) {
  await build("emscripten");
  const chosen = files.length > 0 ? files : glueTests();
  const pace = { ...PACES.unhurried, ...lane };
  await testInNode("emscripten", chosen, { DORMOUSE_CORE_WASM: EMSCRIPTEN_WASM }, pace);
}

async function testUnhurried() {
  await buildCore();
  await testAtPace("unhurried", testFiles());
}

async function testRest(files) {
  await buildCore();
  if (files.length > 0) return testAndSum("node", files, {});
  await testAtPace("waiting", testFiles());
  await testAtPace("alone", testFiles());
}

/** While some wait, others have the processors: so the whole takes as long as the longer of the two. */
async function testTogether() {
  await buildCore();
  const logs = ["emscripten", "unhurried"].map(logOf);
  for (const log of logs) rmSync(log, { force: true });
  const behind = async (signal) => {
    const lane = { isBehind: true, signal };
    await testOnEmscripten([], lane);
    await testAtPace("unhurried", testFiles(), lane);
  };
  try {
    await together([(signal) => testAtPace("waiting", testFiles(), { signal }), behind]);
  } finally {
    for (const log of logs) {
      if (existsSync(log)) process.stdout.write(readFileSync(log, "utf8"));
    }
  }
}

async function testAlone() {
  await buildCore();
  await testAtPace("alone", testFiles());
}

async function testAtPace(pace, files, lane = {}) {
  const chosen = byPace(files)[pace];
  if (chosen.length > 0) await testAndSum(pace, chosen, { ...PACES[pace], ...lane });
}

async function testAndSum(name, files, pace) {
  closingLines.push(...(await testInNode(name, files, {}, pace)));
}
