// `npm run format`: formats everything in place, and mends what Biome can mend safely.
import { join } from "node:path";
import { setUp } from "./setup.mjs";
import { BIN, main, NODE, run } from "./support/process.mjs";
import { cppFiles } from "./support/sources.mjs";

await main(async () => {
  await setUp("test");
  await run("clang-format-19", ["-i", ...cppFiles()]);
  await run(NODE, [join(BIN, "biome"), "check", "--write"]);
});
