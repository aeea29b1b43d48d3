/**
 * What the engine needs of who keeps connections while the object sleeps. Implemented by
 * `glue/sleep/sleep.ts`, and put in place by the server.
 */
import type { Connection, PendingPayload } from "./connection.ts";
import type { ConnectionSnapshot } from "./host.ts";
import type { KeptSessions } from "./kept-sessions.ts";
import type { Registrations } from "./registrant.ts";

export interface Keeper extends Registrations {
  /** Whether the application's `setup` is over, which runs again after a sleep. False where there is none. */
  readonly isSetUp: boolean;
  /** What the glue holds of a connection changed: it is kept when the turn is over. */
  noteChange(connection: Connection): void;
  /** What changed of it, and was put off by the host, is to be kept now. */
  keepAgain(connection: Connection): void;
  /** For `DEBUG`, before a turn: tells of changes that nobody would have noticed before a sleep. */
  tellOfLateChanges(): void;
  /** A turn is over: hands what changed to the host. */
  endTurn(): void;
  /** All that can be kept of a connection: what cannot be cloned is left out, and reported. */
  take(connection: Connection): ConnectionSnapshot;
  /** Reads the glue's part of a snapshot, once cloned. Undefined if this version cannot. */
  read(snapshot: ConnectionSnapshot): KeptConnection | undefined;
  /** A connection was opened: what hangs on it now, its handshake makes again after a sleep. */
  noteOpened(connection: Connection): void;
  /** The connection was restored from a snapshot with this half: nothing of it has changed. */
  noteRestored(connection: Connection, kept: KeptConnection): void;
  /** Calls what has run for a connection before its sleep: what hangs there is as it was before, when it is over. */
  runAgain(connection: Connection, run: () => void): void;
  /** The connection is over. */
  forget(connection: Connection): void;
  /** A sleep would lose the connection as a whole: because of what, and until when; or no more (undefined). */
  noteFleeting(connection: Connection, cause: { what: string; instead: string } | undefined): void;
  /** All connections are forgotten: they will be restored, or are lost. */
  clear(): void;
  /** Writes what waits to be written to the storage: memory is about to go. */
  writeAll(): void;
  /** Resolves when nothing is under way that a sleep would undo; undefined if nothing is. */
  readonly settled: Promise<unknown> | undefined;
  /** Whether something keeps the object awake by a timer. */
  readonly isWaiting: boolean;
  /** Whether it is something that a sleep would lose, and not only what is about to be written. */
  readonly isHeld: boolean;
}

/** What a snapshot holds of a connection, beside the core's half. */
export interface KeptConnection {
  /** What `RequestDetails.text` gave. */
  details: string;
  /** What `Application.saveSession` gave, by namespace name. */
  sessions: KeptSessions;
  isRequestDeleted?: true;
  /** What of the handshake runs again: flags of `Repeats`. */
  repeats?: number;
  /** Auth payloads of sessions whose middlewares still run, by namespace name. */
  connecting?: Map<string, Record<string, unknown>>;
  pending?: PendingPayload;
  /** What the application set on the request and its like. For the keeper alone. */
  around?: unknown;
}

/** For a runtime without a server, whose connections nobody keeps. */
export const NO_KEEPER: Keeper = {
  isSetUp: false,
  noteAdded: () => {},
  noteRemoved: () => {},
  forgetAdded: () => false,
  noteChange: () => {},
  keepAgain: () => {},
  tellOfLateChanges: () => {},
  endTurn: () => {},
  take: () => {
    throw new Error("dormouse: nobody keeps connections here");
  },
  read: () => undefined,
  noteOpened: () => {},
  noteRestored: () => {},
  runAgain: (_connection, run) => run(),
  forget: () => {},
  noteFleeting: () => {},
  clear: () => {},
  writeAll: () => {},
  settled: undefined,
  isWaiting: false,
  isHeld: false,
};
