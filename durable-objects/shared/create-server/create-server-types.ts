/** The type of `createServer`, which every platform has and fills in. */
import type {
  Any,
  DefaultEventsMap,
  EventsMap,
} from "../../../glue/socket.io/types/typed-events.ts";

/**
 * What a platform's `createServer` takes and makes, as a function of the application's types. TypeScript has
 * no parameters that are such functions; but in an interface `this["data"]` is whatever it is intersected
 * with, so a platform extends this one and writes `options`, `setup` and `made` with `this`.
 */
export interface CreateServerTypes {
  /** The events of clients. Like the next two to be read as `Events<this["listens"]>`. */
  readonly listens: unknown;
  /** The events to clients. */
  readonly emits: unknown;
  /** The events between servers. */
  readonly serverSide: unknown;
  /** `socket.data`. */
  readonly data: unknown;
  /** The bindings of the Worker. */
  readonly env: unknown;

  readonly options: unknown;
  /** The function that registers the listeners. */
  readonly setup: unknown;
  /** The class. */
  readonly made: unknown;
}

/** What `CreateServer` demands of a type is forgotten on the way through `CreateServerTypes`. This says it again. */
export type As<Type, Bound> = [Type] extends [Bound] ? Type : never;
export type Events<Map> = As<Map, EventsMap>;

/** A platform with these types put in. */
type Typed<Of extends CreateServerTypes, Listens, Emits, ServerSide, Data, Env> = Of & {
  readonly listens: Listens;
  readonly emits: Emits;
  readonly serverSide: ServerSide;
  readonly data: Data;
  readonly env: Env;
};

/**
 * `createServer` of a platform, which describes its own: editors would show a description of the signatures
 * instead. `EnvOf`: what the bindings have to be.
 */
export interface CreateServer<Of extends CreateServerTypes, EnvOf = unknown> {
  <
    ListenEvents extends EventsMap = DefaultEventsMap,
    EmitEvents extends EventsMap = ListenEvents,
    ServerSideEvents extends EventsMap = DefaultEventsMap,
    SocketData = Any,
    Env extends EnvOf = Any,
  >(
    setup: Typed<Of, ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>["setup"],
  ): Typed<Of, ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>["made"];
  <
    ListenEvents extends EventsMap = DefaultEventsMap,
    EmitEvents extends EventsMap = ListenEvents,
    ServerSideEvents extends EventsMap = DefaultEventsMap,
    SocketData = Any,
    Env extends EnvOf = Any,
  >(
    options: Typed<Of, ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>["options"],
    setup: Typed<Of, ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>["setup"],
  ): Typed<Of, ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>["made"];
}
