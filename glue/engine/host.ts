/**
 * What the glue needs of a platform, and what a platform may tell the glue. A new platform is one
 * file that implements `Host` and feeds a `Runtime`.
 */

import type { Frame } from "../codec/codec.ts";

export type { Frame };

/** One WebSocket, as the host sees it. Identity is stable while the object is awake. */
export interface HostSocket {
  /** Queues a frame. Must not throw when the socket is already closing: the frame is dropped. */
  send(frame: Frame): void;
  /** Starts the closing handshake. Must not throw when it is already closing. */
  close(code: number, reason: string): void;
}

/** The platform under one server. */
export interface Host {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Fills the array with cryptographically strong random bytes. */
  randomBytes(target: Uint8Array): void;
  /**
   * Asks for `Runtime.handleTimeout` at this time (ms since the epoch), or for nothing any more
   * (`null`). Called whenever the deadline changes; the host decides whether that costs a write.
   */
  schedule(deadline: number | null): void;
  /**
   * Keeps a connection's snapshot, so that `Runtime.restore` can bring it back. Called after an
   * event for every connection that changed by it. Throws a `DataCloneError` if the glue's half is
   * nothing that can be cloned. May be left out by a host that never sleeps.
   */
  save?(socket: HostSocket, snapshot: ConnectionSnapshot): void;
  /**
   * The snapshot that was kept last; undefined if there is none. For what was lost while awake. To be
   * left out by a host that cannot tell.
   */
  load?(socket: HostSocket): ConnectionSnapshot | undefined;
  /** Whether the platform puts the server to sleep by itself, whenever nothing holds it awake. */
  readonly sleeps?: boolean;
  /** When the platform last saw a pong of this socket by itself (auto-response), or null. */
  lastPong?(socket: HostSocket): number | null;
  /** Whether pongs are answered by the platform and so never arrive as messages. */
  readonly answersPongs: boolean;
  /** Where what is told under `DEBUG` goes; left out when nobody wants to know. */
  debug?(scope: string, message: string): void;
  /** Where errors of the application's listeners go. Default: `console.error`. */
  report?(error: unknown, where: string): void;
}

/** A connection as it is kept while the object sleeps: binary from the core, values from the glue. */
export interface ConnectionSnapshot {
  /** The core's own versioned bytes, one in each unit. */
  core: string;
  /** What the glue owns: a value the platform's structured clone accepts. */
  glue: unknown;
  /** Another number than last time if `glue` may differ from last time. */
  revision: number;
}

/** The request that opened a connection, reduced to what `socket.handshake` and upstream's `request` show. */
export interface HandshakeDetails {
  /** Path and query, as in `IncomingMessage.url`. */
  url: string;
  method: string;
  /** Lower-case names; repeated ones joined by ", ". */
  headers: Record<string, string>;
  /** Parsed query parameters. */
  query: Record<string, string>;
  /** The client's address, where the platform tells it. */
  address: string;
  /** Whether the client came by https / wss. */
  secure: boolean;
}
