// `npm run mutate`: breaks the core on purpose, one small place at a time, and says which breaks no
// test of the core notices.
//
//   npm run mutate                        60 places of wasm/src, drawn at random
//   npm run mutate -- --count 500 --seed 7
//   npm run mutate -- --file rooms        only files whose names hold this
//   npm run mutate -- --minimum 90        fails when less than 90 % are noticed
import { parseArgs } from "node:util";
import { setUp } from "./setup.mjs";
import { mutate } from "./support/mutation.mjs";
import { main } from "./support/process.mjs";

await main(async () => {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      file: { type: "string", default: "" },
      minimum: { type: "string", default: "0" },
    },
  });
  const { count, seed, file, minimum } = values;
  await setUp("test");
  await mutate({ count: Number(count), seed: Number(seed), file, minimum: Number(minimum) });
});
