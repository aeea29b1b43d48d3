/** The routes and the middlewares of one namespace, or of those that a pattern stands for. */

import { type Actions, type ControllerClass, listActions } from "./controllers/controllers.ts";
import { chain, checkFunction } from "./handling/chain.ts";
import { ConnectionMiddlewares } from "./handling/connections.ts";
import type { Packet } from "./handling/context.ts";
import { type ContextMaker, nothingToClose } from "./handling/context-maker.ts";
import type { Handler, Middleware } from "./handling/handlers.ts";
import { Packets } from "./handling/packets.ts";
import type {
  Any,
  AnyTypes,
  NamespaceOf,
  RouteArgs,
  RouteNames,
  RouterTypes,
  SocketOf,
  SystemEvents,
} from "./types.ts";

type AnySocket = SocketOf<AnyTypes>;
type AnyHandler = (this: Any, ctx: Any) => unknown;

/** What all namespaces of a router share. */
export interface Shared {
  readonly contexts: ContextMaker;
  readonly onError: ((error: unknown, ctx: Any, event: string) => unknown) | undefined;
}

const SYSTEM_EVENTS: ReadonlySet<string> = new Set<keyof SystemEvents>([
  "disconnecting",
  "disconnect",
  "error",
]);

type Prefixed<Prefix extends string, Target> = `${Prefix}${keyof Actions<Target> & string}`;

/** A controller whose prefixed methods are events; else what is missing, as a type that nothing has. */
export type Routable<T extends RouterTypes, Prefix extends string, Target> =
  Prefixed<Prefix, Target> extends RouteNames<T>
    ? unknown
    : { "there is no such event": Exclude<Prefixed<Prefix, Target>, RouteNames<T>> };

/** The routes of one namespace, or of those that a pattern makes. Made by `router.of()`. */
export class NamespaceRouter<T extends RouterTypes = AnyTypes> {
  readonly #shared: Shared;
  readonly #handlers = new Map<string, AnyHandler>();
  readonly #connections: ConnectionMiddlewares | undefined;
  readonly #packets: Packets;

  /** @internal Made by `router.of()`. */
  constructor(
    shared: Shared,
    nsp: NamespaceOf<AnyTypes>,
    connectionMiddlewares: readonly Middleware<Any>[],
    packetMiddlewares: readonly Middleware<Any>[],
  ) {
    this.#shared = shared;
    if (connectionMiddlewares.length > 0) {
      this.#connections = new ConnectionMiddlewares(
        chain(connectionMiddlewares),
        shared.contexts,
        (error, socket, event) => this.#report(error, socket, event),
      );
      nsp.use((socket, next) => this.#connections?.admit(socket, next));
    }
    const around = packetMiddlewares.length > 0 ? chain(packetMiddlewares) : undefined;
    this.#packets = new Packets(around, shared.contexts, {
      find: (event) => (SYSTEM_EVENTS.has(event) ? undefined : this.#handlers.get(event)),
      report: (error, socket, event) => this.#report(error, socket, event),
      reportAndTell: (error, socket, event) => {
        this.#report(error, socket, event);
        this.#tell(socket, "error", [error]);
      },
    });
    nsp.on("connection", (socket) => this.#connect(socket));
  }

  /**
   * Leads an event to its handler. The first route of an event counts; further ones are ignored.
   *
   * A client's event passes the packet middlewares first. What the handler returns, or its promise
   * resolves with, answers the client if it wants an acknowledgement and nobody has given it one.
   * `disconnecting`, `disconnect` and `error` are Socket.IO's own.
   *
   * @example
   * router.of("/chat").route("message", async (ctx) => {
   *   const [text] = ctx.args;
   *   ctx.broadcast.emit("message", text);
   * });
   */
  route<Ev extends RouteNames<T>>(event: Ev, handler: Handler<T, RouteArgs<T, Ev>>): this {
    if (typeof event !== "string") throw new TypeError("dormouse: the event must be a string");
    checkFunction(handler, `the handler of "${event}"`);
    if (!this.#handlers.has(event)) this.#handlers.set(event, handler as AnyHandler);
    return this;
  }

  /**
   * Leads events to all methods of a controller class, or all functions of an object: to each the event
   * of its name with `prefix` in front. Names that begin with an underscore are left out. Give the
   * prefix a separator of your own; it may be empty.
   *
   * @example
   * router.routeAll("chat:", ChatController); // chat:ping, chat:leave, …
   */
  routeAll<Prefix extends string, Target extends ControllerClass | object>(
    prefix: Prefix,
    controller: Target & Routable<T, Prefix, Target>,
  ): this {
    for (const [name, action] of listActions(controller)) {
      this.route(`${prefix}${name}` as RouteNames<T>, action as Any);
    }
    return this;
  }

  /** A connection listener; for a socket that slept, part of its replay. */
  #connect(socket: AnySocket): Promise<void> | void {
    if (!socket.restored) this.#shared.contexts.noteConnected(socket);
    socket.use((event, next) => this.#packets.handle(socket, event as Packet, next));
    for (const event of SYSTEM_EVENTS) {
      socket.on(event, (...args: unknown[]) => this.#tell(socket, event, args));
    }
    if (this.#connections === undefined || hasSkippedMiddlewares(socket)) return;
    if (socket.restored) return this.#connections.resume(socket);
    this.#connections.connected(socket);
  }

  /** Runs the handler of a system event, if there is one. Never rejects. */
  async #tell(socket: AnySocket, event: string, args: unknown[]): Promise<void> {
    const handler = this.#handlers.get(event);
    if (handler === undefined) return;
    // A client may send an event of this name; what it sends is no error of the server's.
    if (event === "error" && !(args[0] instanceof Error)) return;
    try {
      const { contexts } = this.#shared;
      const ctx = contexts.makeContext(socket);
      ctx.args = args;
      // The rooms of `disconnecting` are left as soon as this waits for anything.
      ctx.holdRooms();
      const close = contexts.hasSessions ? await contexts.openSession(ctx) : nothingToClose;
      try {
        await handler.call(ctx, ctx);
      } finally {
        await close();
      }
    } catch (error) {
      this.#report(error, socket, event);
    }
  }

  #report(error: unknown, socket: AnySocket, event: string): void {
    const { onError, contexts } = this.#shared;
    if (onError === undefined) {
      const where = `${socket.nsp.name}, socket ${socket.id}, event "${event}"`;
      console.error(`dormouse: ${where}:`, error);
      return;
    }
    const told = async () => onError(error, contexts.makeContext(socket), event);
    told().catch((problem: unknown) => {
      console.error("dormouse: the router's onError failed:", problem);
    });
  }
}

/** Whether it continued an earlier session without passing the middlewares, which is the default. */
function hasSkippedMiddlewares(socket: AnySocket): boolean {
  if (!socket.recovered) return false;
  return socket.server.opts.connectionStateRecovery?.skipMiddlewares !== false;
}
