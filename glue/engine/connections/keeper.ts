/**
 * The interface between the engine and what keeps connections while the object sleeps. Implemented by
 * `glue/sleep/sleep.ts`; the server puts it in place.
 */

import type { ConnectionSnapshot } from "../host/host.ts";
import type { Connection, PendingPayload } from "./connection.ts";
import type { KeptSessions } from "./kept-sessions.ts";
import type { Registrations } from "./registrant.ts";

export interface Keeper extends Registrations {
  /** Whether the application's `setup`, which runs again after a sleep, is over. False where there is none. */
  readonly isSetUp: boolean;
  /** The glue's part of a connection changed. It is kept at the end of the turn. */
  noteChange(connection: Connection): void;
  /** A snapshot that the host had put off (`Host.putsOff`) is to be taken now. */
  keepAgain(connection: Connection): void;
  /** For `DEBUG`, before a turn: reports changes that were made too late to be kept before a sleep. */
  tellOfLateChanges(): void;
  /** The turn is over: hands snapshots of what changed to the host. */
  endTurn(): void;
  /** Takes a snapshot of a connection. What cannot be cloned is left out, and reported. */
  take(connection: Connection): ConnectionSnapshot;
  /** Reads the glue's part of a snapshot. Undefined if it is of a version that this one cannot read. */
  read(snapshot: ConnectionSnapshot): KeptConnection | undefined;
  /** A connection was opened. What its handshake has set on it is not lost by a sleep: the handshake runs again. */
  noteOpened(connection: Connection): void;
  /** The connection was restored from a snapshot with this part: nothing has changed since. */
  noteRestored(connection: Connection, kept: KeptConnection): void;
  /** Runs listeners of a connection again after a sleep. Then what they set on it is as it was before the sleep. */
  runAgain(connection: Connection, run: () => void): void;
  /** The connection is over. */
  forget(connection: Connection): void;
  /** A sleep would lose the connection as a whole, for this cause; undefined: it would not any more. */
  noteFleeting(connection: Connection, cause: { what: string; instead: string } | undefined): void;
  /** All connections are forgotten: they will be restored, or are lost. */
  clear(): void;
  /** Writes to the storage what waits to be written, because memory is about to be lost. */
  writeAll(): void;
  /** Settles when nothing is under way that a sleep would interrupt. Undefined if nothing is. */
  readonly settled: Promise<unknown> | undefined;
  /** Whether a timer of the keeper's keeps the object awake. */
  readonly isWaiting: boolean;
  /** Whether it does so for something that a sleep would lose, and not only until a write is done. */
  readonly isHeld: boolean;
}

/** What a snapshot holds of a connection, beside the core's half. */
export interface KeptConnection {
  /** What `RequestDetails.text` gave. */
  details: string;
  /** What `Application.saveSession` gave, by namespace name. */
  sessions: KeptSessions;
  isRequestDeleted?: true;
  /** What of the handshake runs again: flags of `RepeatedParts`. */
  repeats?: number;
  /** Auth payloads of sessions whose middlewares still run, by namespace name. */
  connecting?: Map<string, Record<string, unknown>>;
  pending?: PendingPayload;
  /** The keeper's own: what the application set on the request, the connection and the client. */
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
