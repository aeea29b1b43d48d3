/** The types that a router is made of, and what follows from them for each event. */

import type { EventsMap, Namespace, Server, Socket } from "../../glue/socket.io/index.ts";
import type { Context } from "./context.ts";

// biome-ignore lint/suspicious/noExplicitAny: what applications declare must be assignable both ways
export type Any = any;

/** The names of an event map. */
export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);

/** The arguments of one event. */
export type EventParams<Map extends EventsMap, Ev extends EventNames<Map>> = Parameters<Map[Ev]>;

/** The last element of a tuple, or the element of an array. */
type Last<Values extends readonly unknown[]> = Values extends readonly [...unknown[], infer Final]
  ? Final
  : Values extends readonly (infer Element)[]
    ? Element
    : never;

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

/** Goes on with what stands behind, and resolves when that has ended. */
export type Next = () => Promise<void>;

/** A middleware in the style of Koa, for connections or for packets. */
export type Middleware<T extends RouterTypes = AnyTypes> = (ctx: Context<T>, next: Next) => unknown;

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

// biome-ignore lint/suspicious/noConfusingVoidType: what functions return that return nothing
type Nothing = void;

type IsAny<Type> = 0 extends 1 & Type ? true : false;

/** What a handler may return: what it acknowledges the event with, if the event takes an answer. */
export type Answer<Args extends unknown[]> =
  IsAny<Last<Args>> extends true
    ? unknown
    : Last<Args> extends (...answer: infer Answers) => unknown
      ? Answers extends [infer First, ...unknown[]]
        ? First | Nothing | Promise<First | Nothing>
        : Nothing | Promise<Nothing>
      : unknown;

/** Handles an event. `this` is the context, too, as in egg. What it returns is the acknowledgement. */
export type Handler<T extends RouterTypes, Args extends unknown[]> = (
  this: Context<T, Args>,
  ctx: Context<T, Args>,
) => Answer<Args>;
