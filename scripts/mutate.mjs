// `npm run mutate`: breaks the core or the glue on purpose, one small place at a time, and says which
// breaks no test notices.
//
//   npm run mutate                        60 places of wasm/src, drawn at random
//   npm run mutate -- --glue              60 places of glue/
//   npm run mutate -- --count 500 --seed 7
//   npm run mutate -- --file rooms        only files whose names hold this
//   npm run mutate -- --minimum 90        fails when less than 90 % are noticed
import { parseArgs } from "node:util";
import { setUp } from "./setup.mjs";
import { buildCore } from "./support/core.mjs";
import { CORE } from "./support/mutation/core.mjs";
import { mutate } from "./support/mutation/mutation.mjs";
import { main } from "./support/process.mjs";

await main(async () => {
  const { values } = parseArgs({
    options: {
      glue: { type: "boolean", default: false },
      count: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      file: { type: "string", default: "" },
      minimum: { type: "string", default: "0" },
    },
  });
  const { glue, count, seed, file, minimum } = values;
  await setUp("test");
  if (glue) await buildCore();
  // Not before packages are installed.
  const subject = glue ? (await import("./support/mutation/glue.mjs")).GLUE : CORE;
  await mutate(subject, {
    count: Number(count),
    seed: Number(seed),
    file,
    minimum: Number(minimum),
  });
});
