/** What the engine needs of a platform. A new platform implements `Host`, and calls a runtime's `Inputs`. */

import type { Frame } from "../../codec/codec.ts";

export type { Frame };

/** How a frame may be sent. Transports may ignore it. */
export interface SendHints {
  /** False: the frame need not be compressed. For answers to polls, and WebSockets on Node; others go by the platform's own rules. */
  readonly compress?: boolean | undefined;
}

/** A transport of an Engine.IO session, made by the host: the same object as long as the server is awake. */
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
  /** How many bytes were sent and wait for the network; undefined where the platform does not tell. */
  readonly bufferedAmount?: number | undefined;
  /** Whether what is sent now waits for the client's next poll. Left out by WebSockets. */
  readonly isUnasked?: boolean;
  /** Whether the client is upgrading to a WebSocket. */
  readonly isUpgrading?: boolean;
  /** Set if it does not survive a sleep, so that nothing of its connection is kept. */
  readonly isFleeting?: true;
}

/** The platform of one server. Optional members are left out by hosts that do not need or cannot do them. */
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
   * Deadlines are forgotten in a sleep, but their time wakes the object, and their owners set them again. The first
   * alarm after a sleep rings all of them, due or not, because it is not known whose it was.
   */
  schedule(name: string, deadline: number | null, ring: () => void): void;
  /** The library's own part of the storage, which outlives a sleep. */
  readonly storage?: OwnStorage;
  /**
   * Keeps a connection's snapshot for `Runtime.restore`. Called at the end of a turn for every connection that changed
   * in it. Throws a `DataCloneError` if the glue's part cannot be cloned. Left out by hosts that never sleep.
   */
  save?(socket: HostTransport, snapshot: ConnectionSnapshot): void;
  /**
   * Whether the next snapshot is put off, because the last one was costly and is not long ago. The host asks for it
   * later (`Keeper.keepAgain`), and stays awake until then.
   */
  putsOff?(socket: HostTransport): boolean;
  /**
   * The snapshot that was kept last; undefined if there is none, or a newer one was put off. It is asked for after
   * the core has trapped.
   */
  load?(socket: HostTransport): ConnectionSnapshot | undefined;
  /**
   * Keeps numbers, a hundred bytes or so, until the object wakes up, and gives them to `Statistics.resume` then. Must
   * not write to the storage: it may forget them. May be left out by a host that never sleeps.
   *
   * `saveOthers` saves snapshots, and is called in any case: the numbers are kept with one of them, if one has a place
   * for them, and otherwise not at all. Without it they are kept by themselves. Returns whether they are kept, or have
   * no need to be: without `saveOthers`, false if nobody is connected with whom to keep them.
   */
  saveCounts?(counts: readonly number[], saveOthers?: () => void): boolean;
  /**
   * Calls `run` once what is sent by now is on its way, and stays awake until then: for what an answer need not wait
   * for. What throws is reported. To be left out by a host that sends at once.
   */
  afterAnswer?(run: () => void): void;
  /** How many rows the library has written to the storage, alarms and deletions included. */
  readonly rowsWritten?: number;
  /** Whether the platform puts the server to sleep whenever nothing keeps it awake. */
  readonly sleeps?: boolean;
  /** When the platform last saw a pong of this socket by itself (auto-response), or null. */
  lastPong?(socket: HostTransport): number | null;
  /**
   * The application has closed the engine. Left out where there is no HTTP server of its own: new clients are still
   * taken there.
   */
  closeEngine?(): void;
  /** Names of the properties that the platform's own requests have. Others were set by the application. */
  readonly requestProperties?: ReadonlySet<string>;
  /** Whether the platform answers pongs, so that they do not arrive as messages. */
  readonly answersPongs: boolean;
  /** Logs, under `DEBUG`. */
  debug?(scope: string, message: string): void;
  /** Where errors of the application's listeners go. Default: `console.error`. */
  report?(error: unknown, where: string): void;
}

/**
 * The library's own values in the storage, by key, apart from the application's. Reads return at once what was there
 * when the object started; what was written since, the writer has in memory.
 *
 * The application can delete everything, or roll back a transaction. So whoever writes something here keeps it in
 * memory, and writes it again when `onLoss` says so.
 */
export interface OwnStorage {
  /** What a value may take up as the platform serializes it; infinite where all goes with the process. */
  readonly maxValueBytes: number;
  /** Undefined if there is nothing. Throws what the storage throws. */
  get(key: string): unknown;
  /** Everything whose key begins with this. */
  list(prefix: string): Iterable<[key: string, value: unknown]>;
  /**
   * Each call is a billed write; those of one turn are committed together. Throws a `DataCloneError`, or what the
   * storage throws. Where the storage fails later, `onFailure` is told, and the key counts as deleted.
   */
  put(key: string, value: unknown): void;
  /**
   * What `run` puts is written before anything that is sent after it. Left out where that holds for every `put`.
   */
  beforeSending?(run: () => void): void;
  /** Nothing if there is none. */
  delete(key: string): void;
  /**
   * `rewrite` is called when what was put may be gone, or may be an older value: it puts it again. `prepare` is
   * called before, where that is possible, to read what is not in memory yet.
   */
  onLoss(rewrite: () => void, prepare?: () => void): void;
  /**
   * `failed` is called when what was put last under a key could not be written. It returns whether the key is one of
   * its own. Left out where `put` throws every error.
   */
  onFailure?(failed: (key: string, error: unknown) => boolean): void;
}

/** A connection as it is kept while the object sleeps: bytes of the core, and values of the glue. */
export interface ConnectionSnapshot {
  /** The core's bytes, with a version; one in each UTF-16 unit. */
  core: string;
  /** The glue's part: a value that structured clone accepts. */
  glue: unknown;
  /**
   * The glue's part that will soon be over: half a message, CONNECTs that were not answered yet. A client decides
   * how large it is, so it must not be written to the storage: a host without another place leaves it out, and sets
   * `isUnfinished` when it restores the connection.
   */
  passing?: unknown;
  /** Whether `passing` was left out, so that the connection is closed when it is restored. */
  isUnfinished?: true;
  /** Another number than last time if `glue` may have changed. */
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
