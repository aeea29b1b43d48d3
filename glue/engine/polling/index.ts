/** The package's entry `dormouse-io/polling`: HTTP long-polling, for the option `transports`. */
import type { PollingSupport } from "../options/polling-support.ts";
import { LongPolling } from "./long-polling.ts";
import { pollingChecks } from "./options.ts";

export type { PollingSupport };

/**
 * HTTP long-polling: clients that begin with it, as they do unless told otherwise, and those that have nothing
 * else.
 *
 * @example
 * import { createServer } from "dormouse-io";
 * import { polling } from "dormouse-io/polling";
 *
 * export class Chat extends createServer({ transports: [polling, "websocket"] }, setup) {}
 */
export const polling: PollingSupport = {
  name: "polling",
  checks: pollingChecks,
  serve: (runtime) => new LongPolling(runtime),
};
