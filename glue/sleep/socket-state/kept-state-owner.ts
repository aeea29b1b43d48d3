/** What `kept-state.ts` needs of the socket whose state it keeps, and of the server's sleep. */
import type { EventName } from "../../common/event-emitter.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { ChangeTracker } from "../changes/change-tracker.ts";
import type { Remaking } from "../remaking/remaking.ts";
import type { ReplayGate } from "../replay/gate.ts";
import type { Replay } from "../replay/replay.ts";
import { cloneableFormOf, LOST } from "../values/cloneable.ts";
import type { OwnProperties } from "../values/properties.ts";

/** What of `socket.handshake` is to be kept, beside what the request tells. */
export interface KeptHandshake {
  readonly auth: object;
  /** The whole, as the application has it. */
  readonly whole: object;
  /** What the application made of it; undefined if that is nothing. */
  readonly changes: OwnProperties | undefined;
}

/** The socket. */
export interface KeptStateOwner {
  readonly _conn: Connection;
  /** Whether what is added to it now is added again after a sleep. */
  readonly _isRegistering: boolean;
  /** The core's handle; `NONE` once the session is gone. */
  readonly _session: number;
  /** What is to be done until its listeners are there again. */
  readonly _replay: Replay | undefined;
  readonly handshake: object;
  /** What of `handshake` is to be kept; undefined while nobody has asked for it. */
  _keptHandshake(): KeptHandshake | undefined;
  /** What the application has made of `handshake`, be it asked for or not. */
  _handshakeChanges(): OwnProperties | undefined;
  /** What is kept of it is another than at the last look. */
  _noteChanged(): void;
  /** Which socket it is, for messages. */
  _describe(): string;
}

/** What the server does about sleep, as far as what is kept on sockets needs it. */
export interface StateKeeper {
  /** Decides what is dropped because it has happened before. */
  readonly gate: ReplayGate;
  /** Is told what was in the application's hands. */
  readonly changes: ChangeTracker;
  /** Makes again what hangs around sockets; undefined where that was left out. */
  readonly remaking: Remaking | undefined;
  /** Whether what cannot be cloned would be lost without anybody having asked for a sleep. */
  readonly mustClone: boolean;
  /** These are all the names of what a sleep would lose of an owner: `whose`, for messages. */
  setLost(owner: object, whose: string, names: readonly string[]): void;
  /** This part of the socket's data another socket has as well; undefined: none. */
  setShared(owner: { _describe(): string }, what: string | undefined): void;
  /** Who adds this listener to its connection after a sleep, and nobody else, has left. */
  noteLeft(connection: Connection, event: EventName, listener: unknown): void;
  /** What came back in part, under this name, was not made again after a sleep. */
  tellOfPart(name: string, owner: { _describe(): string }): void;
}

/** Throws a TypeError that names the part of `data` that cannot be cloned, if there is one. */
export function refuseUncloneable(data: unknown, owner: KeptStateOwner): void {
  if (cloneableFormOf(data) !== LOST) return;
  const parts = typeof data === "object" && data !== null ? Object.entries(data) : [];
  const [key] = parts.find(([, value]) => cloneableFormOf(value) === LOST) ?? [];
  const name = key === undefined ? "socket.data" : `socket.data.${key}`;
  throw new TypeError(
    `dormouse: ${name} of ${owner._describe()} cannot be kept while the object sleeps: ` +
      "it cannot be cloned",
  );
}
