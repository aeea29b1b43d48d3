// The glue as what is broken. First it is tested by what runs it in Node's own process, where V8 counts
// what each test file comes by; then by what runs it in workerd, where nobody counts.
import { Failure, inParallel } from "../process.mjs";
import { filesBelow } from "../sources.mjs";
import { testFiles } from "../test-files.mjs";
import { GlueLaboratory } from "./glue-laboratory.mjs";
import { glueMutants } from "./glue-mutants.mjs";

/** Test files, and folders of such, that run the glue in Node. */
const IN_NODE = [
  "tests/durable-objects/node",
  "tests/glue",
  "tests/scenarios/scenarios.node-hibernation.test.ts",
  "tests/scenarios/scenarios.node.test.ts",
];

/** Those that run a folder of the glue in workerd. */
const IN_WORKERD = {
  glue: ["tests/scenarios/scenarios.workerd-eviction.test.ts"],
  "glue/adapter/shards": ["tests/durable-objects/shards"],
  "glue/adapter/recovery": ["tests/durable-objects/cloudflare/recovery.test.ts"],
  "glue/engine/polling": ["tests/polling"],
};

/** @type {import("./mutation.mjs").Subject} */
export const GLUE = {
  files: () => filesBelow(["glue"], /(?<!\.gen|\.d)\.ts$/),
  mutantsOf: glueMutants,
  async laboratories(count, files) {
    const laboratories = Array.from({ length: count }, (_, number) => new GlueLaboratory(number));
    for (const laboratory of laboratories) laboratory.prepare();
    const tests = await measure(laboratories[0], files);
    for (const laboratory of laboratories) laboratory.use(tests);
    return laboratories;
  },
};

/** Runs every test file that may reach one of the files once, on the glue as it is. */
async function measure(laboratory, files) {
  const tests = [];
  const failed = [];
  const note = (test) => (measured) => (measured ? tests.push(measured) : failed.push(test));
  await inParallel(testFiles().filter(isIn(IN_NODE)), (test) =>
    laboratory.measureInNode(test).then(note(test)),
  );
  for (const [folder, paths] of Object.entries(IN_WORKERD)) {
    const isOfFolder = isIn([folder]);
    if (!files.some(isOfFolder)) continue;
    await inParallel(testFiles().filter(isIn(paths)), (test) =>
      laboratory.measureInWorkerd(test, isOfFolder).then(note(test)),
    );
  }
  if (failed.length > 0) throw new Failure(`tests fail without any mutant: ${failed.join(", ")}`);
  return tests;
}

function isIn(paths) {
  return (file) => paths.some((path) => file === path || file.startsWith(`${path}/`));
}
