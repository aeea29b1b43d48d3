/** The package's entry for emitting to a server from outside of it. In Workers, `workerd.ts` is in its place. */
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

/** Makes an emitter: see `MakeEmitter`. */
export const emitter: MakeEmitter = /* @__PURE__ */ emitterKeptBy(() => {});
