/**
 * What the glue needs of a platform, and what a platform may tell the glue. A new platform is one
 * file that implements `Host` and feeds a `Runtime`.
 */

import type { Frame } from "../codec/codec.ts";

export type { Frame };

/** What a transport may make use of. */
export interface SendHints {
  /** False: the frame need not be compressed. For answers to polls; WebSockets go by the platform's own rules. */
  readonly compress?: boolean | undefined;
}

/** What carries the packets of an Engine.IO session: one of its host's. Identity is stable while awake. */
export interface HostTransport {
  /** Engine.IO's name for its kind. */
  readonly name: "websocket" | "polling";
  /**
   * Queues a frame. Must not throw when the transport is already closing: the frame is dropped. `sent`
   * is called once the platform has handed the frame on, by hosts that have `tellsWhenSent`.
   */
  send(frame: Frame, sent?: () => void, hints?: SendHints): void;
  /** Starts the closing handshake. Must not throw when it is already closing. */
  close(code: number, reason: string): void;
  readonly tellsWhenSent?: boolean;
  /** Bytes that were sent and wait to be handed on; undefined where the platform does not tell. */
  readonly bufferedAmount?: number | undefined;
  /** Whether what is sent now waits for the client to ask for it. Left out by those where it never does. */
  readonly isUnasked?: boolean;
  /** Whether a WebSocket is about to take over. */
  readonly isUpgrading?: boolean;
  /** Nothing of it outlasts a sleep, so nothing of its connection is kept. */
  readonly isFleeting?: true;
}

/** The platform under one server. */
export interface Host {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Fills the array with cryptographically strong random bytes. */
  randomBytes(target: Uint8Array): void;
  /**
   * Moves the deadline of this name (milliseconds since the epoch), or clears it (`null`). `ring` is
   * called once it has passed, and again a second later unless the deadline was moved or cleared
   * meanwhile. The host decides whether a change costs a write.
   *
   * Deadlines do not outlive a sleep, but their time wakes the object: whoever has one sets it again.
   * The first alarm after connections were restored rings all of them, due or not: nobody remembers
   * whose it was.
   */
  schedule(name: string, deadline: number | null, ring: () => void): void;
  /** Storage of ours that outlives a sleep; to be left out by a host that has none. */
  readonly storage?: OwnStorage;
  /**
   * Keeps a connection's snapshot, so that `Runtime.restore` can bring it back. Called after an
   * event for every connection that changed by it. Throws a `DataCloneError` if the glue's half is
   * nothing that can be cloned. May be left out by a host that never sleeps.
   */
  save?(socket: HostTransport, snapshot: ConnectionSnapshot): void;
  /**
   * Whether the next snapshot need not be taken yet, because the last one was costly and is not long ago. The host asks
   * for it later (`Keeper.keepAgain`), and stays awake until then. To be left out by a host that saves all.
   */
  putsOff?(socket: HostTransport): boolean;
  /**
   * The snapshot that was kept last; undefined if there is none, or a newer one was put off. For what was lost while
   * awake. To be left out by a host that cannot tell.
   */
  load?(socket: HostTransport): ConnectionSnapshot | undefined;
  /**
   * Keeps numbers, a hundred bytes or so, until the object wakes up, and gives them to `Tally.resume` then. Must
   * not write to the storage: it may forget them. May be left out by a host that never sleeps.
   *
   * `saveOthers` saves snapshots, and is called in any case: the numbers are kept with one of them, if one has a place
   * for them, and otherwise not at all. Without it they are kept by themselves. Returns whether they are kept, or have
   * no need to be: without `saveOthers`, false if nobody is connected with whom to keep them.
   */
  saveTally?(counts: readonly number[], saveOthers?: () => void): boolean;
  /** Rows that were written to the storage for us, alarms and deletions included. Left out: none. */
  readonly rowsWritten?: number;
  /** Whether the platform puts the server to sleep by itself, whenever nothing holds it awake. */
  readonly sleeps?: boolean;
  /** When the platform last saw a pong of this socket by itself (auto-response), or null. */
  lastPong?(socket: HostTransport): number | null;
  /**
   * The application has closed the engine. To be left out by a host without an HTTP server that could listen again:
   * it goes on taking clients.
   */
  closeEngine?(): void;
  /** Names of the properties that requests of the platform's own have by themselves. */
  readonly requestProperties?: ReadonlySet<string>;
  /** Whether pongs are answered by the platform and so never arrive as messages. */
  readonly answersPongs: boolean;
  /** Where what is told under `DEBUG` goes; left out when nobody wants to know. */
  debug?(scope: string, message: string): void;
  /** Where errors of the application's listeners go. Default: `console.error`. */
  report?(error: unknown, where: string): void;
}

/**
 * Durable values of ours by key, apart from the application's. Reads answer at once, with what was
 * there at the start; a host may have forgotten what was written since, which its owner knows anyway.
 *
 * The application can wipe everything, or roll back a transaction. Whoever keeps something here owns it
 * in memory, and hears of that by `onLoss`.
 */
export interface OwnStorage {
  /** What a value may take up as the platform serializes it; infinite where all goes with the process. */
  readonly maxValueBytes: number;
  /** Undefined if there is nothing. Throws what the storage throws. */
  get(key: string): unknown;
  /** Everything whose key begins with this. */
  list(prefix: string): Iterable<[key: string, value: unknown]>;
  /**
   * Each call is a billed write; those of one turn are committed together. Throws a `DataCloneError`, or
   * what the storage throws; where that answers late, `onFailure` tells, and the key is as good as deleted.
   */
  put(key: string, value: unknown): void;
  /**
   * What `run` puts is written before anything is sent that comes after it. To be left out where that is so of
   * every `put`.
   */
  beforeSending?(run: () => void): void;
  /** Nothing if there is none. */
  delete(key: string): void;
  /**
   * `rewrite` is called when what was put may be gone, or an older value: to put it again. `prepare`, before
   * it goes where that is known: to read what is not in memory yet.
   */
  onLoss(rewrite: () => void, prepare?: () => void): void;
  /**
   * `failed` is called when what was put, and not put again since, could not be written after all. It returns
   * whether the key is one of its own. To be left out where `put` throws all there is to throw.
   */
  onFailure?(failed: (key: string, error: unknown) => boolean): void;
}

/** A connection as it is kept while the object sleeps: binary from the core, values from the glue. */
export interface ConnectionSnapshot {
  /** The core's own versioned bytes, one in each unit. */
  core: string;
  /** What the glue owns: a value the platform's structured clone accepts. */
  glue: unknown;
  /**
   * The glue's, too: half a message, requests to join that are not admitted yet. A peer decides how large
   * it is, so it must not cost any storage: a host that cannot keep it otherwise leaves it out, and says
   * so (`isUnfinished`) when it restores the connection.
   */
  passing?: unknown;
  /** Whether something is missing, so that the connection cannot go on: it ends as it is restored. */
  isUnfinished?: true;
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
