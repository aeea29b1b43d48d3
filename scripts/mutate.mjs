// `npm run mutate`: breaks the core on purpose, one small place at a time, and says which breaks no
// test of the core notices.
//
//   npm run mutate                        60 places of wasm/src, drawn at random
//   npm run mutate -- --count 500 --seed 7
//   npm run mutate -- --file rooms        only files whose names hold this
//   npm run mutate -- --minimum 90        fails when less than 90 % are noticed
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { setUp } from "./setup.mjs";
import { Laboratory } from "./support/mutant-laboratory.mjs";
import { draw, mutantsOf } from "./support/mutants.mjs";
import { Failure, main } from "./support/process.mjs";
import { filesBelow } from "./support/sources.mjs";

/** They are compiled to Wasm only: the core's native tests do not hold them. */
const BOUNDARY = /(abi|runtime)\.cpp$/;

await main(async () => {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      file: { type: "string", default: "" },
      minimum: { type: "string", default: "0" },
    },
  });
  await setUp("test");
  const files = filesBelow(["wasm/src"], /\.cpp$/).filter(
    (file) => !BOUNDARY.test(file) && file.includes(values.file),
  );
  const mutants = draw(files.flatMap(mutantsOf), Number(values.count), Number(values.seed));
  console.log(`${mutants.length} mutants of ${files.length} files, seed ${values.seed}`);
  const verdicts = await tryAll(mutants);
  report(verdicts, Number(values.minimum));
});

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
