// `npm run bench`: the benchmark on a fresh core.wasm. Further arguments go to bench/main.ts.
import { setUp } from "./setup.mjs";
import { buildCore } from "./support/core.mjs";
import { main, NODE, run } from "./support/process.mjs";

await main(async () => {
  await setUp("run");
  await buildCore();
  await run(NODE, ["bench/main.ts", ...process.argv.slice(2)]);
});
