/**
 * The journal of connection state recovery: keeps sessions and sent packets in the host's storage. A server has one
 * for all of its namespaces.
 *
 * Not every change is written at once (`JournalWrites`). If the storage says, when the object starts, that some may be
 * missing, the sessions that these concern end, for a client must never believe that it recovered everything when it
 * did not. All other sessions go on: packet numbers are reserved ahead, so none is used twice.
 */

import type { Frame } from "../../codec/codec.ts";
import { BatchedStorage } from "../../engine/host/batched-storage.ts";
import type { OwnStorage } from "../../engine/host/host.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { BroadcastOptions, LiveSession, SessionToPersist } from "../rooms/adapter.ts";
import type {
  AdapterNamespace,
  AdapterServer,
  RecoveryOptions,
} from "../rooms/adapter-namespace.ts";
import type { PrivateSessionId, Room } from "../rooms/identifiers.ts";
import { isAtRisk, sessionKey } from "./at-risk.ts";
import { Expiry, type ExpiryHead } from "./expiry.ts";
import { JournalWrites } from "./journal-writes.ts";
import { NO_STORAGE } from "./no-storage.ts";
import { Offsets, parseOffset } from "./offsets.ts";
import { PacketRing } from "./packet-ring.ts";
import type { KeptPacket } from "./packet-row.ts";
import { PacketTargets, type Target } from "./packet-targets.ts";
import { ResentMessages } from "./resent-messages.ts";
import { type SessionRecord, SessionRecords } from "./session-records.ts";

/** What the journal's keys begin with, in the host's storage. */
const PREFIX = "recovery:";
/** Version of the stored form. A journal of another version is deleted. */
const VERSION = 3;
const EPOCH_LENGTH = 6;
/** After more failures than these, recovery is switched off. */
const MAX_LATE_FAILURES = 16;

interface Head extends ExpiryHead {
  version: number;
  epoch: string;
  /** Whether there were packets. */
  hasPackets?: true;
}

interface State {
  head: Head;
  offsets: Offsets;
  ring: PacketRing;
}

/** A session that is recovered, and the packets that its client missed. */
export interface Recovered extends SessionToPersist {
  missed: KeptPacket[];
}

/** The journals, by the runtimes of their servers. */
const journals = new WeakMap<Runtime, Journal>();

/**
 * The journal of the namespace's server; undefined where recovery is off. The first call makes it, and says of which
 * class: where sessions move between servers, that is `movableJournalOf`.
 */
export function journalOf(
  { server, _runtime: runtime }: AdapterNamespace,
  JournalClass = Journal,
): Journal | undefined {
  if (server._recovery === undefined) return undefined;
  let journal = journals.get(runtime);
  if (journal === undefined) {
    journal = new JournalClass(runtime, server, server._recovery);
    journals.set(runtime, journal);
  }
  return journal;
}

export class Journal {
  readonly #runtime: Runtime;
  readonly #options: RecoveryOptions;
  readonly #storage: OwnStorage;
  readonly #batch: BatchedStorage;
  readonly #sessions: SessionRecords;
  protected readonly expiry: Expiry;
  readonly #isLasting: boolean;
  readonly #targets = new PacketTargets();
  readonly #writes: JournalWrites;
  readonly #resent = new ResentMessages();
  /** Sessions whose rooms may have changed in this turn. */
  readonly #unnoted = new Map<PrivateSessionId, LiveSession>();
  /** Read when it is first needed. */
  #state: State | undefined;
  /** Whether the storage failed. Recovery is off from then on. */
  #isBroken = false;
  #lateFailures = 0;

  constructor(runtime: Runtime, server: AdapterServer, options: RecoveryOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#storage = runtime.host.storage ?? NO_STORAGE;
    const report = (error: unknown) => this.#fail(error);
    this.#batch = new BatchedStorage(this.#storage, PREFIX, report, options.flushInterval);
    this.#batch.onLateFailure = (error, key) => this.#failLate(error, key);
    this.#sessions = new SessionRecords(this.#batch, this.#storage.maxValueBytes);
    this.#writes = this.#makeWrites();
    this.expiry = this.#makeExpiry(server, runtime);
    server._sleep.writers.push(this.#writes);
    // The rooms and data of a session have to be in the storage before a crash, also where no snapshots are taken.
    this.#isLasting = Number.isFinite(this.#storage.maxValueBytes);
    if (this.#isLasting) this.#watchSockets(server);
    runtime.onTurnEnd(() => {
      if (this.#unnoted.size > 0) this.#noteAll();
      this.#writes.endTurn();
    });
    runtime.whenStarted(() => this.#wake());
  }

  #watchSockets({ _sleep: { changes } }: AdapterServer): void {
    changes.isKept = true;
    // Where snapshots are taken, these tell it when a turn ends.
    if (this.#runtime.host.save === undefined) this.#runtime.onTurnEnd(() => changes.endTurn());
  }

  // --- packets -----------------------------------------------------------------------------------------

  /** The offset of the next packet; undefined where the storage failed. */
  get nextOffset(): string | undefined {
    const state = this.open();
    return state?.offsets.format(state.ring.next);
  }

  /** The offset of the last packet that was kept: who receives a packet now has received all up to it. */
  get lastOffset(): string | undefined {
    const state = this.open();
    return state?.offsets.format(state.ring.next - 1);
  }

  /** Whether a message was kept before the object ended: see `ResentMessages`. */
  hasKept(message: string | undefined, { rooms }: BroadcastOptions): boolean {
    const ring = message === undefined ? undefined : this.open()?.ring;
    return !!ring && this.#resent.has(message as string, rooms, ring, this.#runtime.now());
  }

  /** Keeps a packet, which gets the next offset. Call it before sending. `message`: see `KeptPacket`. */
  keep(namespace: string, frames: Frame[], to: BroadcastOptions, message?: string): void {
    this.#keep(this.#targets.of(namespace, to), frames, message);
  }

  /** The same for the members of one room. */
  keepFor(namespace: string, room: Room, frames: Frame[], message?: string): void {
    this.#keep(this.#targets.ofRoom(namespace, room), frames, message);
  }

  #keep(target: Target, frames: Frame[], message?: string): void {
    const state = this.open();
    if (state === undefined) return;
    if (state.head.hasPackets === undefined) {
      state.head.hasPackets = true;
      this.#batch.put("head", state.head);
    }
    const now = this.#runtime.now();
    const bytes = state.ring.add(target, frames, now, message);
    this.#writes.note(target.keys, now, bytes);
    // A number that is not in the storage would be given out again after a crash.
    if (!state.ring.isReserved) this.#writes.writeAhead();
  }

  // --- sessions ----------------------------------------------------------------------------------------

  /** A client joins a namespace; if it is recovered, with the session that it had. */
  begin(nsp: AdapterNamespace, session: SessionToPersist): void {
    const state = this.open();
    if (state === undefined) return;
    this.#sessions.begin(this.recordOf(nsp, session, state));
    if (this.#isStrict) this.#batch.flushFirst();
  }

  /** The rooms or the data of a session may have changed. They may be read as late as at the next write. */
  note(session: LiveSession): void {
    if (this.open() === undefined) return;
    const isOther = this.#isStrict
      ? this.#sessions.note(session)
      : this.#sessions.noteOften(session);
    if (isOther) this.#writes.note([sessionKey(session.pid)]);
  }

  /** A session joined or left a room. Packets that were sent before are matched with its rooms of that time. */
  noteMembership(pid: PrivateSessionId, room: Room, is: "in" | "out"): void {
    const state = this.open();
    if (state !== undefined) this.#sessions.noteMembership(pid, [state.ring.next, room, is]);
  }

  /** The same as `note`, once at the end of this turn. */
  noteSoon(session: LiveSession): void {
    if (this.#isLasting) this.#unnoted.set(session.pid, session);
  }

  /** A connected session whose data come from the journal, and its rooms from `live`; undefined if there is none. */
  liveOf(
    pid: PrivateSessionId,
    live: Pick<LiveSession, "rooms" | "isGone">,
  ): LiveSession | undefined {
    const sessions = this.#sessions;
    const record = this.open() && sessions.get(pid);
    if (record === undefined || record.lostAt !== undefined) return undefined;
    return {
      sid: record.sid,
      pid,
      get rooms() {
        return live.rooms;
      },
      get data() {
        return sessions.dataOf(record);
      },
      get isGone() {
        return live.isGone;
      },
    };
  }

  #noteAll(): void {
    for (const session of this.#unnoted.values()) if (!session.isGone) this.note(session);
    this.#unnoted.clear();
  }

  /** The client of a session is lost. */
  noteLoss(nsp: AdapterNamespace, session: SessionToPersist): void {
    const state = this.open();
    if (state === undefined) return;
    // A session of an earlier epoch may have missed packets that are not known any more.
    if (this.#sessions.get(session.pid)?.epoch !== state.head.epoch) return;
    const lostAt = this.#runtime.now();
    // After a crash its loss is found out anyway, but not its last rooms and data.
    const keys = this.#sessions.note(session) ? [sessionKey(session.pid)] : [];
    this.#sessions.keepLost({ ...this.recordOf(nsp, session, state), lostAt });
    this.expiry.expect(state.head, lostAt);
    this.#writes.note(keys);
  }

  protected recordOf(
    { name: namespace, _parentIndex: parent }: AdapterNamespace,
    { sid, pid, rooms, data }: SessionToPersist,
    { head: { epoch }, ring }: State,
  ): SessionRecord {
    const earlier = this.#sessions.get(pid);
    const isSame = earlier?.epoch === epoch;
    const from = isSame ? earlier.from : ring.next;
    const record: SessionRecord = { sid, pid, rooms, data, epoch, namespace, parent, from };
    if (isSame && earlier.moved) record.moved = earlier.moved;
    if (isSame && earlier.changes) record.changes = earlier.changes;
    return record;
  }

  /** A session is over for good. */
  forget(pid: PrivateSessionId): void {
    if (this.open() === undefined) return;
    const record = this.#sessions.get(pid);
    this.#sessions.forget(pid);
    this.#writes.note([sessionKey(pid)]);
    if (record?.moved !== undefined) this.noteMovedEnd(record);
  }

  /**
   * A session of this room (`null`: of the namespace) whose client is lost and may come back; undefined if there
   * is none.
   */
  lostIn(namespace: string, room: Room | null): SessionRecord | undefined {
    if (this.open() === undefined) return undefined;
    for (const record of this.#sessions.lostIn(namespace, room)) {
      if (!this.isOver(record)) return record;
    }
    return undefined;
  }

  /** Without an offset, the client never received a packet. Undefined if a packet that it missed is not there. */
  recover(
    namespace: string,
    pid: PrivateSessionId,
    offset: string | undefined,
  ): Recovered | undefined {
    const state = this.open();
    const record = state && this.#sessions.get(pid);
    if (state === undefined || record?.namespace !== namespace) return undefined;
    if (this.isOver(record)) {
      this.expiry.end([record]);
      return undefined;
    }
    const { epoch } = state.head;
    const { moved } = record;
    // A client that has received nothing since its session moved here still has the offset of the other journal.
    const hasNothing = offset === undefined || offset === moved?.offset;
    const after = hasNothing ? 0 : parseOffset(offset, epoch, state.ring.next);
    const next = Math.max(after + 1, record.from);
    if (Number.isNaN(next)) return undefined;
    const missed = state.ring.since(next, {
      namespace,
      // The packets that it missed elsewhere were kept under its private id.
      rooms: moved === undefined ? record.rooms : [...record.rooms, pid],
      changes: record.changes,
      mustReach: record.isUnnoticed === true || record.lostAt === undefined,
      isAtRisk: (atRisk) => isAtRisk(atRisk, record),
    });
    if (missed === undefined) return undefined;
    const { sid, rooms } = record;
    return { sid, pid, rooms, data: this.#sessions.dataOf(record), missed };
  }

  // --- the end of sessions -----------------------------------------------------------------------------

  /** A session that came from another server's journal is over for good. */
  protected noteMovedEnd(_record: SessionRecord): void {}

  protected isOver({ epoch, lostAt }: SessionRecord): boolean {
    if (epoch !== this.#state?.head.epoch) return true;
    return lostAt !== undefined && lostAt + this.#duration < this.#runtime.now();
  }

  get #duration(): number {
    return this.#options.maxDisconnectionDuration;
  }

  #makeWrites(): JournalWrites {
    const journal = this;
    return new JournalWrites({
      runtime: this.#runtime,
      batch: this.#batch,
      sessions: this.#sessions,
      flushInterval: this.#options.flushInterval,
      isStrict: this.#isStrict,
      get ring() {
        return journal.#state?.ring;
      },
    });
  }

  #makeExpiry(server: AdapterServer, runtime: Runtime): Expiry {
    const journal = this;
    return new Expiry({
      ...this.parts,
      runtime,
      server,
      duration: this.#duration,
      get head() {
        return journal.open()?.head;
      },
      isOver: (record) => this.isOver(record),
      onEnd: (record) => {
        if (record.moved !== undefined) this.noteMovedEnd(record);
      },
    });
  }

  // --- the storage -------------------------------------------------------------------------------------

  /** After a sleep the deadline has to be set again; without any connection, all may have been lost. */
  #wake(): void {
    if (this.#isBroken) return;
    let head: Head | undefined;
    try {
      head = this.#batch.get("head") as Head | undefined;
    } catch (error) {
      this.#fail(error);
    }
    if (head === undefined) return;
    const state = this.open();
    if (state === undefined) return;
    const { missed } = state.ring;
    // The next write clears it, so that it does not end sessions that begin from now on.
    if (missed !== undefined) state.ring.setOpen(undefined, this.#runtime.now());
    if (!this.#runtime.mayHaveConnections) {
      this.#resent.expect(this.#runtime.now());
      this.expiry.lookAtAll(state.head, missed);
    } else if (state.head.expires !== undefined) this.expiry.schedule(state.head.expires);
  }

  /** For derived classes. */
  protected get parts(): { sessions: SessionRecords; batch: BatchedStorage; runtime: Runtime } {
    return { sessions: this.#sessions, batch: this.#batch, runtime: this.#runtime };
  }

  protected open(): State | undefined {
    if (this.#state !== undefined || this.#isBroken) return this.#state;
    try {
      let head = this.#batch.get("head") as Head | undefined;
      if (head?.version !== VERSION) {
        if (head !== undefined) this.#dropAll();
        head = this.#beginHistory(undefined);
      }
      let ring = this.#makeRing(head);
      // There were packets, but the storage, which may report failures late, has not kept them.
      if (head.hasPackets === true && ring.isEmpty) {
        head = this.#beginHistory(head);
        ring = this.#makeRing(head);
      }
      this.#state = { head, offsets: new Offsets(head.epoch), ring };
    } catch (error) {
      this.#fail(error);
    }
    return this.#state;
  }

  /** Deletes what another version has written. */
  #dropAll(): void {
    for (const [key] of this.#batch.entries()) this.#batch.delete(key);
  }

  /** Begins a new epoch: offsets and sessions of earlier ones are not valid any more. */
  #beginHistory(before: Head | undefined): Head {
    const epoch = this.#runtime.generateId().slice(0, EPOCH_LENGTH);
    // `expire-session` tells of the earlier sessions at the next deadline, which is due at once.
    const expires = before === undefined ? undefined : this.#runtime.now();
    const head = { version: VERSION, epoch, expires };
    this.#batch.put("head", head);
    return head;
  }

  #makeRing({ epoch }: Head): PacketRing {
    const { pingInterval, pingTimeout } = this.#runtime.options;
    return new PacketRing(this.#batch, {
      epoch,
      retention: this.#duration + 2 * (pingInterval + pingTimeout),
      maxValueBytes: this.#storage.maxValueBytes,
      isStrict: this.#isStrict,
    });
  }

  get #isStrict(): boolean {
    return this.#options.durability === "strict";
  }

  /** The storage failed to keep one value, and said so late: only what that held cannot be recovered. */
  #failLate(error: unknown, key: string): void {
    const state = this.#state;
    if (state === undefined) return;
    this.#lateFailures += 1;
    if (key === "head" || this.#lateFailures > MAX_LATE_FAILURES) {
      this.#fail(error);
      return;
    }
    if (this.#lateFailures === 1) {
      this.#runtime._report(error, "connection state recovery: something of it cannot be kept");
    }
    const pid = this.#sessions.pidOf(key);
    if (pid === undefined) state.ring.noteUnkept(key, this.#runtime.now());
    else this.#sessions.forget(pid);
  }

  /** Switches recovery off; the server goes on. The head is deleted, as what is kept is not complete any more. */
  #fail(error: unknown): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#state = undefined;
    this.#runtime._report(error, "connection state recovery is off: its storage fails");
    try {
      this.#storage.delete(`${PREFIX}head`);
    } catch {
      // That the storage fails was reported above.
    }
  }
}
