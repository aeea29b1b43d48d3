// Checks in stages, of which the first that fails ends the run.
import { parseArgs } from "node:util";
import { Failure } from "./process.mjs";

/**
 * Runs the stages that the command line names (`--only core,fuzz`), or those of `whole`.
 * @param {Record<string, [title: string, work: (files: string[]) => unknown]>} stages by name; `work`
 *   gets the files that the command line names
 * @param {string[]} closingLines printed at the very end; stages may add to it
 * @param {string[]} whole names of stages; default: all
 */
export async function runStages(stages, closingLines, whole = Object.keys(stages)) {
  const { values, positionals: files } = parseArgs({
    options: { only: { type: "string" } },
    allowPositionals: true,
  });
  const names = values.only === undefined ? whole : values.only.split(",");
  for (const name of names) {
    const stage = stages[name];
    if (!stage) throw new Failure(`No stage ${name}. There are: ${Object.keys(stages).join(", ")}`);
    await runStage(stage[0], () => stage[1](files));
  }
  console.log(`\n${closingLines.join("\n")}`);
}

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
