/** What middlewares and controllers are given: one for each connection, packet or system event. */
import type { Session } from "../session/source.ts";
import type { Any, AnyTypes, RouterTypes, ServerOf, SocketOf } from "../types.ts";

/** What a client sent: the event's name and its arguments, which a middleware may change. */
export type Packet = [event: string, ...args: Any[]];

/** Members of the socket that a context has as well, as in egg. */
const GETTERS = [
  "client",
  "server",
  "adapter",
  "id",
  "conn",
  "rooms",
  "acks",
  "volatile",
  "broadcast",
  "connected",
  "disconnected",
  "handshake",
  "restored",
] as const;
const METHODS = ["join", "leave", "emit", "to", "in", "send", "write", "disconnect"] as const;

type Delegated = (typeof GETTERS)[number] | (typeof METHODS)[number];

/** What `ctx.app` is: the application's object, and the server. */
export type Application<T extends RouterTypes> = T["app"] & { readonly io: ServerOf<T> };

/** A context's own members. */
export interface ContextMembers<T extends RouterTypes, Args extends unknown[]> {
  /** The client. */
  readonly socket: SocketOf<T>;
  /** The server. */
  readonly io: ServerOf<T>;
  /** What the configuration has as `app`, and the server as `app.io`. */
  readonly app: Application<T>;
  /**
   * The event's arguments; an acknowledgement function is the last of them. In a connection middleware
   * there are none before `next()`, and behind it the reason of the disconnect and its description.
   * In a packet middleware they are a frozen copy: what is to be changed is `packet`.
   */
  args: Args;
  /**
   * The packet, in packet middlewares and in the handlers of clients' events. A middleware may change
   * it, or put another in its place: routing goes by the name that it has when all middlewares have
   * passed it on.
   */
  packet: Packet | undefined;
  /** Why the socket has disconnected, behind the `next()` of a connection middleware. */
  readonly reason: string | undefined;
  /** For what middlewares have to tell each other, and the controller. Not kept. */
  readonly state: Record<string, Any>;
  /** The visitor's session. Throws if the router has none. */
  readonly session: Session<T["session"]>;
}

/**
 * What middlewares, controllers and handlers are given: one for each connection, packet or system event. `Args` are the
 * event's arguments.
 */
export type Context<
  T extends RouterTypes = AnyTypes,
  Args extends unknown[] = Any[],
> = ContextMembers<T, Args> & Pick<SocketOf<T>, Delegated>;

/** Makes contexts; what it is typed as is `Context`. */
export class SocketContext {
  readonly socket: SocketOf<AnyTypes>;
  readonly app: Application<AnyTypes>;
  readonly state: Record<string, Any> = {};
  reason: string | undefined;
  /** Set by who runs the middlewares; undefined without sessions. */
  openSession: { readonly session: Session<Any> } | undefined;
  packet: Packet | undefined;
  #args: Any[] | undefined;

  constructor(app: Application<AnyTypes>, socket: SocketOf<AnyTypes>) {
    this.app = app;
    this.socket = socket;
  }

  get io(): ServerOf<AnyTypes> {
    return this.app.io;
  }

  get args(): Any[] {
    if (this.#args !== undefined) return this.#args;
    return Object.freeze(this.packet?.slice(1) ?? []) as Any[];
  }

  set args(args: Any[]) {
    this.#args = args;
  }

  /** `rooms` are those of this moment, or of the socket's last one in them. */
  holdRooms(): void {
    const { rooms } = this.socket;
    Object.defineProperty(this, "rooms", { value: rooms });
  }

  get session(): Session<Any> {
    if (this.openSession !== undefined) return this.openSession.session;
    throw new Error("dormouse: there is no session: give the router `session`");
  }
}

for (const name of GETTERS) {
  Object.defineProperty(SocketContext.prototype, name, {
    configurable: true,
    get(this: SocketContext) {
      return this.socket[name];
    },
  });
}

for (const name of METHODS) {
  Object.defineProperty(SocketContext.prototype, name, {
    configurable: true,
    writable: true,
    value(this: SocketContext, ...args: Any[]) {
      return (this.socket[name] as (...args: Any[]) => unknown)(...args);
    },
  });
}
