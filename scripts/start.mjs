// `npm start`: the chat demo on http://127.0.0.1:8787. Further arguments go to `wrangler dev`:
//
//   npm start -- --port 9000
import { join } from "node:path";
import { buildPage } from "./build-page.mjs";
import { setUp } from "./setup.mjs";
import { buildCore } from "./support/core.mjs";
import { BIN, main, NODE, run } from "./support/process.mjs";

await main(async () => {
  await setUp("run");
  await buildCore();
  await buildPage();
  await run(NODE, [join(BIN, "wrangler"), "dev", ...process.argv.slice(2)], {
    WRANGLER_SEND_METRICS: "false",
    // Its tracing triples the cost of a message.
    X_LOCAL_OBSERVABILITY: "false",
  });
});
