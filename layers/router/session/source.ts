/**
 * Where sessions come from: the part that the router knows. `dormouse-io/router/session` and
 * `dormouse-io/router/express-session` are two sources.
 */
import type { AnyTypes, ServerOf, SocketOf } from "../types.ts";

/** What every session has beside its data. */
export interface SessionMethods {
  /** Names the session in its store. Not a secret by itself: the cookie is sealed or signed. */
  readonly id: string;
  /** Keeps it now, rather than when the middlewares have run. */
  save(): Promise<void>;
  /** Ends it: what it held is deleted, and its cookie opens nothing any more. */
  destroy(): Promise<void>;
  /**
   * Gives it another id, for the moment in which a visitor signs in: a cookie that somebody else may
   * know is worth nothing afterwards.
   */
  regenerate(): Promise<void>;
}

/** `ctx.session`: the data, which may be changed in place, and the methods. */
export type Session<Data extends object> = Partial<Data> & SessionMethods;

/** A session while one connection, packet or event is being handled. */
export interface OpenSession<Data extends object> {
  /** The data, which may be changed in place, and the methods. */
  readonly session: Session<Data>;
  /** Keeps the session if it was changed. */
  close(): Promise<void>;
}

/** Why connection middlewares run: a client has come, or what it had before a sleep is made again. */
export type Arrival = "connection" | "replay";

/** Where a router gets sessions from. */
export interface SessionSource<Data extends object> {
  /** Called once, when the router is made: sessions are created at the handshake. */
  attach(io: ServerOf<AnyTypes>): void;
  /** A socket is connected, not after a sleep: the time to note what is not known later. */
  connected?(socket: SocketOf<AnyTypes>): void;
  /**
   * The session of a socket. In a `replay` its connection middlewares run once more, after a sleep, and
   * what they change has been changed before.
   */
  open(socket: SocketOf<AnyTypes>, arrival: Arrival): Promise<OpenSession<Data>>;
}
