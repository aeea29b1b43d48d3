/** What every entry point of the package exports beside its own `Server`. */

export { SessionAwareAdapter } from "../adapter/recovery/session-aware-adapter.ts";
export {
  Adapter,
  type BroadcastFlags,
  type BroadcastOptions,
  type Session,
  type SessionToPersist,
} from "../adapter/rooms/adapter.ts";
export type { Connection } from "../engine/connections/connection.ts";
export type { ReadyState } from "../engine/connections/transport.ts";
export type { EngineRequest } from "../engine/handshake/request.ts";
export type { CorsOptions, CorsOptionsDelegate } from "../engine/options/cors-options.ts";
export type { ConnectionErrorEvent, Engine } from "../engine/runtime/engine.ts";
export type { WakeCause, WakeEvent } from "../engine/statistics/statistics.ts";
export type { AwakeReason } from "../sleep/awake/awake-reasons.ts";
export type { Schedule, ScheduledEvents, ScheduleOptions } from "../sleep/server-state/schedule.ts";
export type { ExtendedError } from "./admission/middleware.ts";
export { BroadcastOperator } from "./emitting/broadcast-operator.ts";
export { RemoteSocket } from "./emitting/remote-socket.ts";
export type { Client } from "./server/client.ts";
export { Namespace } from "./server/namespace.ts";
export type { AdapterConstructor, ServerOptions } from "./server/options.ts";
export type { ParentNspNameMatchFn } from "./server/parent-namespace.ts";
export type { Server } from "./server/server.ts";
export type { ServerStats } from "./server/server-stats.ts";
export { Socket } from "./server/socket.ts";
export type {
  DisconnectReason,
  Event,
  Handshake,
  PrivateSessionId,
  Room,
  SocketId,
} from "./types/socket-types.ts";
export type {
  AllButLast,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
} from "./types/typed-events.ts";
