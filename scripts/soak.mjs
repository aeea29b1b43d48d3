// `npm run soak`: ten minutes of a thousand random clients and a sleeping object against a model.
//
//   npm run soak -- 60         another number of seconds
//   npm run soak -- 60 12345   a seed, to repeat a run
//   npm run soak -- recovery   the same of clients that are lost, on an object that dies, too
import { setUp } from "./setup.mjs";
import { buildCore } from "./support/core.mjs";
import { main, NODE, run } from "./support/process.mjs";

const words = process.argv.slice(2);
const what = words[0] === "recovery" ? words.shift() : "soak";
const [seconds = "600", seed] = words;

await main(async () => {
  await setUp("run");
  await buildCore();
  const env = { DORMOUSE_SOAK: seconds, ...(seed && { DORMOUSE_SOAK_SEED: seed }) };
  await run(NODE, ["--test", `tests/soak/${what}.test.ts`], env);
});
