// The mutation run: breaks the core on purpose and reports which breaks no test of it notices.
import { availableParallelism } from "node:os";
import { Laboratory } from "./mutant-laboratory.mjs";
import { draw, mutantsOf } from "./mutants.mjs";
import { Failure } from "./process.mjs";
import { filesBelow } from "./sources.mjs";

/** They are compiled to Wasm only: the core's native tests do not hold them. */
const BOUNDARY = /(abi|runtime)\.cpp$/;

/**
 * Tries `count` mutants of the files in wasm/src whose names hold `file`, and prints who survived.
 * @param {{ count: number, seed: number, file?: string, minimum?: number }} settings `minimum`: how
 *   many of a hundred have to be noticed
 * @throws {Failure} if fewer were
 */
export async function mutate({ count, seed, file = "", minimum = 0 }) {
  const files = filesBelow(["wasm/src"], /\.cpp$/).filter(
    (path) => !BOUNDARY.test(path) && path.includes(file),
  );
  const mutants = draw(files.flatMap(mutantsOf), count, seed);
  console.log(`${mutants.length} mutants of ${files.length} files, seed ${seed}`);
  report(await tryAll(mutants), minimum);
}

/** Tries every mutant, several at a time. The verdicts come in the order of the mutants. */
async function tryAll(mutants) {
  const verdicts = new Array(mutants.length);
  const queue = mutants.map((mutant, index) => ({ mutant, index }));
  const work = async (_, number) => {
    const laboratory = new Laboratory(number);
    await laboratory.prepare();
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const verdict = await laboratory.try(next.mutant);
      verdicts[next.index] = { ...next.mutant, verdict };
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return verdicts;
}

/** Tells who survived. What does not compile is no mutant. */
function report(verdicts, minimum) {
  const survivors = verdicts.filter(({ verdict }) => verdict === "survived");
  const noticed = verdicts.filter(({ verdict }) => verdict === "noticed").length;
  for (const { file, line, before, after } of survivors) {
    console.log(`\nsurvived: ${file}:${line}\n  - ${before.trim()}\n  + ${after.trim()}`);
  }
  const all = noticed + survivors.length;
  const share = all === 0 ? 100 : (100 * noticed) / all;
  console.log(
    `\n${noticed} of ${all} mutants noticed (${share.toFixed(0)} %), ` +
      `${verdicts.length - all} did not compile`,
  );
  if (share < minimum) throw new Failure(`less than ${minimum} % of the mutants were noticed`);
}
