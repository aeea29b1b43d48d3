/** The entry `dormouse-io/emitter` in Workers: the runtime waits for calls that nobody awaits. */
import * as workers from "cloudflare:workers";
import { emitterKeptBy, type MakeEmitter } from "./create.ts";

export type { MakeEmitter } from "./create.ts";
export { Emitter } from "./emitter.ts";
export type { ObjectNamespace } from "./object-channel.ts";
export { EmitterOperator } from "./operator.ts";
export type {
  EmitterOptions,
  EmitterShards,
  ObjectEmitterOptions,
  RemoteEmitterOptions,
} from "./options.ts";
export type { Sent } from "./outbox.ts";
export { EmittedSocket } from "./socket.ts";
export { type EmitterRouteOptions, routeEmitter } from "./wire/route.ts";

/** Runtimes before August 2025 have none: there, what is not awaited may not leave. */
const { waitUntil } = workers as { waitUntil?: (promise: Promise<unknown>) => void };

/** Makes an emitter: see `MakeEmitter`. */
export const emitter: MakeEmitter = /* @__PURE__ */ emitterKeptBy((promise) =>
  waitUntil?.(promise),
);
