/** The types that a router is made of, and what follows from them for each event. */

import type { EventsMap, Namespace, Server, Socket } from "../../glue/socket.io/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: what applications declare must be assignable both ways
export type Any = any;

/** The names of an event map. */
export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);

/** The arguments of one event. */
export type EventParams<Map extends EventsMap, Ev extends EventNames<Map>> = Parameters<Map[Ev]>;

/** What a router's server, session and application are. */
export interface RouterTypes {
  /** The events that clients send. */
  listen: EventsMap;
  /** The events that clients get. */
  emit: EventsMap;
  /** The events between servers. */
  serverSide: EventsMap;
  /** `socket.data`. */
  data: unknown;
  /** What is kept in `ctx.session`. */
  session: object;
  /** What handlers find in `ctx.app`, beside `io`. */
  app: object;
}

/** Nothing is declared: everything goes. */
export interface AnyTypes extends RouterTypes {
  listen: Any;
  emit: Any;
  serverSide: Any;
  data: Any;
  session: Any;
  app: Any;
}

/**
 * The types of a router from those that are declared; the others take everything.
 *
 * @example
 * type Chat = Define<{ listen: ClientEvents; emit: ServerEvents; session: { user?: string } }>;
 * class ChatController extends Controller<Context<Chat>> { … }
 */
export type Define<Declared extends Partial<RouterTypes>> = {
  [Name in keyof RouterTypes]: Declared extends Record<Name, infer Type> ? Type : AnyTypes[Name];
};

/** A server with these types. */
export type ServerOf<T extends RouterTypes> = Server<
  T["listen"],
  T["emit"],
  T["serverSide"],
  T["data"]
>;
/** A namespace of it. */
export type NamespaceOf<T extends RouterTypes> = Namespace<
  T["listen"],
  T["emit"],
  T["serverSide"],
  T["data"]
>;
/** A socket of it. */
export type SocketOf<T extends RouterTypes> = Socket<
  T["listen"],
  T["emit"],
  T["serverSide"],
  T["data"]
>;

/** What Socket.IO itself tells of a socket. */
export interface SystemEvents {
  /** The socket is about to leave: its rooms are still there. */
  disconnecting: (reason: string, description?: unknown) => void;
  /** The socket is gone. */
  disconnect: (reason: string, description?: unknown) => void;
  /** A packet of the client's, or what a middleware or a controller made of it, failed. */
  error: (error: Error) => void;
}

/** The names that can be routed. */
export type RouteNames<T extends RouterTypes> = keyof SystemEvents | EventNames<T["listen"]>;

/** The arguments of a routed event. */
export type RouteArgs<T extends RouterTypes, Ev> = Ev extends keyof SystemEvents
  ? Parameters<SystemEvents[Ev]>
  : Ev extends EventNames<T["listen"]>
    ? EventParams<T["listen"], Ev>
    : never;
