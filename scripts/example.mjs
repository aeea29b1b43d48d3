// `npm run example <name>`: one of the examples on its own dev server. Further arguments go there.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildPackage } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { BIN, Failure, main, NODE, ROOT, run } from "./support/process.mjs";
import { QUIET } from "./support/wrangler.mjs";

const EXAMPLES = join(ROOT, "examples");

await main(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  const names = readdirSync(EXAMPLES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "create-dormouse")
    .map((entry) => entry.name);
  if (!names.includes(name)) {
    throw new Failure(`npm run example <name>. There are: ${names.join(", ")}`);
  }
  await setUp("run");
  await buildPackage();
  const folder = join(EXAMPLES, name);
  const program = name.startsWith("partykit") ? "partykit" : "wrangler";
  await run(NODE, [join(BIN, program), "dev", ...args], QUIET, { cwd: folder });
});
