/**
 * The interface between the runtime (connections, effects, frames) and the application side (servers, namespaces,
 * sockets). The runtime calls `Application`; the application side calls the runtime's `Commands`. Both name sessions
 * by the core's handles.
 */
import type { Connection } from "../connections/connection.ts";
import type { KeptSessions } from "../connections/kept-sessions.ts";

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

/** What the runtime tells. Implementations may call commands at once. What they throw is reported. */
export interface Application {
  onConnect(request: ConnectRequest): void;
  /** Whether a CONNECT was not answered yet, so that a snapshot has to keep it. */
  isUnanswered(session: number): boolean;
  /** `args[0]` is the event's name. `ackId` is set when the client waits for an acknowledgement. */
  onEvent(session: number, args: unknown[], ackId: number | undefined): void;
  onAck(session: number, ackId: number, args: unknown[]): void;
  /** The client sent what cannot be decoded: emit `error` on the socket. `onClosing` follows. */
  onError(session: number, error: Error): void;
  /**
   * The session ends. Emit `disconnecting`, call `runtime.release(session)`, emit `disconnect`.
   * Where the socket's listeners are being added again, returns a promise that resolves once they have been told.
   */
  onClosing(session: number, reason: string, description?: unknown): Promise<void> | undefined;
  /**
   * A session ends that the middlewares have not let in: release it. It is unknown if its CONNECT could not be
   * decoded.
   */
  onClosingUnconnected(session: number): undefined;
  /**
   * What a snapshot shall keep of a session beside the core's bytes (`data`, `auth`, when it was made).
   * Called when the connection is saved. After a sleep a clone of the value comes back from
   * `runtime.takeRestored(session)`; until it was taken, it is kept as it is.
   */
  saveSession?(session: number): unknown;
  /** The same without what cannot be cloned, which is reported. Called if cloning the other has failed. */
  saveCloneableSession?(session: number): unknown;
  /** Whether there are listeners of `new_namespace`: restoring connections may make namespaces. */
  readonly tellsOfNamespaces?: boolean;
  /** Connections were restored. `saved`: what was kept of their sessions. */
  onRestored?(saved: Iterable<KeptSessions>): void;
  /** The server has started after a sleep. Resolves when events may come; undefined if they may already. */
  prepareRestored?(): Promise<void> | undefined;
  /**
   * The core trapped and was replaced: handles are void, and every namespace has to be added again. `onResumed` or
   * `onLost` follows for every connection.
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
   * Everything will be restored from snapshots, as after a sleep (`Runtime.hibernate`): forget all sockets without
   * telling them, and add every namespace again.
   */
  onHibernate?(): void;
}
