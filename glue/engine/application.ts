/**
 * The seam between the runtime (connections, effects, frames) and the application side (servers,
 * namespaces, sockets). The runtime calls `Application`; the application side calls `Runtime`'s
 * commands (runtime.ts). Both sides know sessions by the core's handles.
 */
import type { Connection } from "./connection.ts";
import type { KeptSessions } from "./kept-sessions.ts";

/** A client asks to join a namespace (CONNECT, or the implicit one of Engine.IO 3). */
export interface ConnectRequest {
  session: number;
  connection: Connection;
  /** The core's handle of the namespace, or undefined if no namespace of that name is open. */
  namespace: number | undefined;
  /** The namespace's name as the client wrote it. */
  name: string;
  /** The CONNECT payload; `{}` if there was none. For Engine.IO 3: the namespace's query. */
  auth: Record<string, unknown>;
}

/**
 * What the runtime tells. Called outside of the core: implementations may call commands at once. What
 * they throw is reported and goes no further.
 */
export interface Application {
  onConnect(request: ConnectRequest): void;
  /** Whether a CONNECT has got no answer yet. Otherwise nothing of it has to be kept. */
  isUnanswered(session: number): boolean;
  /** `args[0]` is the event's name. `ackId` is set when the client waits for an acknowledgement. */
  onEvent(session: number, args: unknown[], ackId: number | undefined): void;
  onAck(session: number, ackId: number, args: unknown[]): void;
  /** The client sent what cannot be decoded: `error` on the socket; `onClosing` follows. */
  onError(session: number, error: Error): void;
  /**
   * The session ends. Run `disconnecting`, then `runtime.release(session)`, then `disconnect`.
   * `connected` false: it never got through its middlewares; only release it. A session may be unknown
   * to the application side, when its CONNECT could not be decoded. If all that is put off until the socket's
   * listeners are there, returns a promise that resolves when they have been told, and does not reject.
   */
  onClosing(
    session: number,
    reason: string,
    connected: boolean,
    description?: unknown,
  ): Promise<void> | undefined;
  /**
   * What a snapshot shall keep of a session beside the core's bytes (`data`, `auth`, when it was made).
   * Called when the connection is saved. After a sleep a clone of the value comes back from
   * `runtime.takeRestored(session)`; until it was taken, it is kept as it is.
   */
  saveSession?(session: number): unknown;
  /** The same, without what cannot be cloned, which is reported. Called where cloning the other has failed. */
  saveCloneableSession?(session: number): unknown;
  /** Whether anybody listens for namespaces being made, those of connections that are restored included. */
  readonly tellsOfNamespaces?: boolean;
  /** What was restored goes on: `saved` has what was kept of the sessions, by connection. */
  onRestored?(saved: Iterable<KeptSessions>): void;
  /** What was restored is there. Resolves when events may come; undefined if that is so already. */
  prepareRestored?(): Promise<void> | undefined;
  /**
   * The core trapped and is a new one: handles mean nothing any more, and every namespace has to be
   * added again. `onResumed` or `onLost` follows for every connection.
   */
  onReset?(): void;
  /**
   * A connection was restored after a trap; its sessions by the names of their namespaces. Returns
   * false if that is not how it was before the trap: it will be closed.
   */
  onResumed?(connection: Connection, sessions: ReadonlyMap<string, number>): boolean;
  /** A connection was lost by a trap, and is closed. */
  onLost?(connection: Connection): void;
  /**
   * Everything in memory is about to be restored from snapshots (`Runtime.hibernate`): forget all
   * sockets without a word, and add every namespace again.
   */
  onHibernate?(): void;
}
