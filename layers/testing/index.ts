/**
 * `dormouse-io/testing`: runs a server on Node so that it sleeps before everything that a client does, as a
 * Durable Object may; and the same with a real Durable Object in Miniflare.
 */
export {
  type EvictedObject,
  evictBeforeEvents,
  type MiniflareLike,
  type ObjectPlace,
} from "./miniflare.ts";
export { type SleepKind, startServer, type TestServer, type TestServerOptions } from "./server.ts";
export type { KeptAwake } from "./timers.ts";
export { type Fetches, transportTo } from "./transport-to.ts";
