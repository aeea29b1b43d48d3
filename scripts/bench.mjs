// `npm run bench`: the benchmark on a fresh core.wasm, and sizes of a fresh package. Further arguments go to bench/main.ts.
import { buildPackage } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { buildCore } from "./support/core.mjs";
import { main, NODE, run } from "./support/process.mjs";

await main(async () => {
  await setUp("run");
  const isPart = process.argv.some((argument) => /^--(measure|target)\b/.test(argument));
  await (isPart ? buildCore() : buildPackage());
  await run(NODE, ["bench/main.ts", ...process.argv.slice(2)]);
});
