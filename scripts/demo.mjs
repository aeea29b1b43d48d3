// The chat demo. `npm start`: on http://127.0.0.1:8787; `npm run deploy`: to an account of yours.
// Further arguments go to wrangler:
//
//   npm start -- --port 9000
import { buildPackage } from "./build.mjs";
import { buildPage } from "./build-page.mjs";
import { setUp } from "./setup.mjs";
import { buildCore } from "./support/core.mjs";
import { main } from "./support/process.mjs";
import { wrangler } from "./support/wrangler.mjs";

/** What is said in the log to who writes a server: wrangler.toml leaves it out of what is uploaded. */
const LOCALLY = ["--define", "DORMOUSE_DIAGNOSTICS:true"];
/** The library as it is packed, which is smaller than its sources. */
const DEPLOYED = ["--alias", "dormouse-io:./dist/durable-objects/cloudflare/index.js"];

await main(async () => {
  const [command = "dev", ...args] = process.argv.slice(2);
  const isLocal = command === "dev";
  await setUp("run");
  await (isLocal ? buildCore() : buildPackage());
  await buildPage();
  await wrangler([command, ...(isLocal ? LOCALLY : DEPLOYED), ...args]);
});
