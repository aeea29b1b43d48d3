// The chat demo. `npm start`: on http://127.0.0.1:8787; `npm run deploy`: to an account of yours.
// Further arguments go to wrangler:
//
//   npm start -- --port 9000
import { buildPage } from "./build-page.mjs";
import { setUp } from "./setup.mjs";
import { buildCore } from "./support/core.mjs";
import { main } from "./support/process.mjs";
import { wrangler } from "./support/wrangler.mjs";

await main(async () => {
  const [command = "dev", ...args] = process.argv.slice(2);
  await setUp("run");
  await buildCore();
  await buildPage();
  await wrangler([command, ...args]);
});
