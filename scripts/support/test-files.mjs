// Which test files there are, and how many of them run at a time. One that no list names runs alone.
import { filesBelow } from "./sources.mjs";

/** Those of `npm run test:long` are not among them. */
const TEST_FILE = /(?<!\.long)\.test\.ts$/;

const GLUE = "tests/glue";

/** Folders whose files keep a processor busy and hardly wait for real time. */
export const UNHURRIED = [
  GLUE,
  "tests/applications",
  "tests/differential",
  "tests/docs",
  "tests/layers/eslint",
  "tests/layers/router",
  "tests/scripts",
  "tests/types",
];

/**
 * Folders whose files mostly wait: for runtimes, browsers, timers. Others that run beside them make
 * them late, which they bear: what is to happen is waited for with seconds of patience, and a time is
 * short only if nothing is to happen in it.
 */
export const WAITING = [
  "tests/clients",
  "tests/conformance",
  "tests/durable-objects",
  "tests/examples",
  "tests/layers",
  "tests/options",
  "tests/package",
  "tests/polling",
  "tests/scenarios",
  "tests/soak",
  "tests/wasm",
  "tests/worker",
];

/** Files in these folders that do not bear it, and why. */
export const ALONE = {
  "tests/durable-objects/shared/alarm/alarms.test.ts":
    "compares the pauses between alarms with those of plain objects beside",
  "tests/durable-objects/shared/host/backlog.test.ts":
    "keeps servers busy for longer than their clients wait for a ping",
  "tests/scenarios/scenarios.shards.test.ts":
    "lets acknowledgements time out, which shards tell each other within a tenth of a second",
};

/** Those that take longest start first: whatever is last has nobody beside it (build/test/waiting.seconds tells). */
export const FIRST = [
  "tests/package/package.test.ts",
  "tests/scenarios/scenarios.partykit-eviction.test.ts",
  "tests/scenarios/scenarios.partyserver-eviction.test.ts",
  "tests/scenarios/scenarios.workerd-eviction.test.ts",
  "tests/applications/habits.test.ts",
  "tests/scenarios/scenarios.workerd.test.ts",
  "tests/worker/chat.test.ts",
];

/** So many files of a list run at a time, and so many may fail and be tried once more (node-tests.mjs). */
export const PACES = {
  unhurried: { concurrency: 2, secondTries: 2 },
  waiting: { concurrency: 3, secondTries: 3 },
  alone: { concurrency: 1, secondTries: 2 },
};

/** Every test file, those that take longest first. */
export function testFiles() {
  const files = filesBelow(["tests"], TEST_FILE);
  return [...FIRST, ...files.filter((file) => !FIRST.includes(file))];
}

/** Test files of the glue, which run on any build of the core. */
export const glueTests = () => filesBelow([GLUE], TEST_FILE);

/**
 * Sorts test files into the lists that `PACES` names.
 * @param {string[]} files
 * @returns {Record<keyof typeof PACES, string[]>}
 */
export function byPace(files) {
  const paces = Object.keys(PACES);
  return Object.fromEntries(
    paces.map((pace) => [pace, files.filter((file) => paceOf(file) === pace)]),
  );
}

function paceOf(file) {
  const isIn = (folders) => folders.some((folder) => file.startsWith(`${folder}/`));
  if (isIn(UNHURRIED)) return "unhurried";
  return isIn(WAITING) && !(file in ALONE) ? "waiting" : "alone";
}
