// Running wrangler as quietly as it can be: no telemetry, no look-ups of versions or places.
import { join } from "node:path";
import { BIN, NODE, run } from "./process.mjs";

/** The environment that makes it so. */
export const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
  // Its tracing triples the cost of a message.
  X_LOCAL_OBSERVABILITY: "false",
};

/**
 * @param {string[]} args
 */
export async function wrangler(args) {
  await run(NODE, [join(BIN, "wrangler"), ...args], QUIET);
}
