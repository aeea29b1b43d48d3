// The mutation run: breaks the sources on purpose, one small place at a time, and reports which breaks
// no test notices.
import { availableParallelism } from "node:os";
import { Failure } from "../process.mjs";
import { draw } from "./mutant.mjs";

/**
 * @typedef {import("./mutant.mjs").Mutant} Mutant
 * @typedef {"noticed" | "survived" | "unreached" | "invalid"} Verdict `unreached`: it survived, because
 *   no test comes by its place; `invalid`: it does not compile, and is no mutant
 *
 * What can be broken.
 * @typedef {object} Subject
 * @property {() => string[]} files relative to the checkout
 * @property {(file: string) => Mutant[]} mutantsOf
 * @property {(count: number, files: string[]) => Promise<{ try(mutant: Mutant): Promise<Verdict> }[]>}
 *   laboratories so many places to try mutants of these files at, at the same time. Rejects with a
 *   `Failure` if tests fail without any
 */

/**
 * Tries `count` mutants of the files whose names hold `file`, and prints who survived.
 * @param {Subject} subject
 * @param {{ count: number, seed: number, file?: string, minimum?: number }} settings `minimum`: how
 *   many of a hundred have to be noticed
 * @throws {Failure} if fewer were
 */
export async function mutate(subject, { count, seed, file = "", minimum = 0 }) {
  const files = subject.files().filter((path) => path.includes(file));
  const mutants = draw(files.flatMap(subject.mutantsOf), count, seed);
  console.log(`${mutants.length} mutants of ${files.length} files, seed ${seed}`);
  const broken = [...new Set(mutants.map((mutant) => mutant.file))];
  const laboratories = await subject.laboratories(availableParallelism(), broken);
  report(await tryAll(mutants, laboratories), minimum);
}

/** Tries every mutant, one at a time in each laboratory. The verdicts come in the order of the mutants. */
async function tryAll(mutants, laboratories) {
  const verdicts = new Array(mutants.length);
  const queue = mutants.map((mutant, index) => ({ mutant, index }));
  const work = async (laboratory) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const verdict = await laboratory.try(next.mutant);
      verdicts[next.index] = { ...next.mutant, verdict };
      if (isSurvivor(verdict)) tell({ ...next.mutant, verdict });
    }
  };
  await Promise.all(laboratories.map(work));
  return verdicts;
}

const isSurvivor = (verdict) => verdict === "survived" || verdict === "unreached";

function tell({ file, line, before, after, verdict }) {
  console.log(`\n${verdict}: ${file}:${line}\n  - ${onOneLine(before)}\n  + ${onOneLine(after)}`);
}

const onOneLine = (text) => text.trim().replace(/\s*\n\s*/g, " ");

/** Tells how many survived. */
function report(verdicts, minimum) {
  const survivors = verdicts.filter(({ verdict }) => isSurvivor(verdict)).length;
  const noticed = verdicts.filter(({ verdict }) => verdict === "noticed").length;
  const all = noticed + survivors;
  const share = all === 0 ? 100 : (100 * noticed) / all;
  console.log(
    `\n${noticed} of ${all} mutants noticed (${share.toFixed(0)} %), ` +
      `${verdicts.length - all} did not compile`,
  );
  if (share < minimum) throw new Failure(`less than ${minimum} % of the mutants were noticed`);
}
