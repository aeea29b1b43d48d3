/**
 * Keeps the sessions of the journal, one row of the storage for each. A row is written when its session begins and
 * when its rooms or data change, because no code runs when an object is redeployed or killed. A session is *lost*
 * while its client is gone and may come back.
 */

import { areSameTexts } from "../../common/values.ts";
import type { BatchedStorage } from "../../engine/host/batched-storage.ts";
import { type Path, packBuffers, unpackBuffers } from "../../sleep/values/buffers.ts";
import { isCloneable, withoutUncloneable } from "../../sleep/values/cloneable.ts";
import { Comparer } from "../../sleep/values/comparer.ts";
import { serializedSize } from "../../sleep/values/serialized-size.ts";
import type { LiveSession, SessionToPersist } from "../rooms/adapter.ts";
import { isPrivateSessionId, type PrivateSessionId, type Room } from "../rooms/identifiers.ts";
import { namespaceKey, roomKey } from "./at-risk.ts";
import type { MembershipChange } from "./packet-row.ts";

/** A session as it is kept. */
export interface SessionRecord extends SessionToPersist {
  /** Where in `data`, as it is kept, there were `Buffer`s. */
  buffers?: readonly Path[] | undefined;
  /** The journal's epoch when the session began. */
  epoch: string;
  namespace: string;
  /** The index of the dynamic namespace's parent. */
  parent: number | undefined;
  /** The number of the first packet that it may have been sent. */
  from: number;
  /** Since when it is lost, in milliseconds since the epoch; undefined while its client is there. */
  lostAt?: number | undefined;
  /** Whether `lostAt` is later than the loss, because nobody saw that. */
  isUnnoticed?: true | undefined;
  /** The last changes that led to `rooms`, the oldest first; none from before the session's first packet. */
  changes?: readonly MembershipChange[] | undefined;
  /** How the session came here, if it came from another server's journal. */
  moved?: Moved | undefined;
}

/** How a session came from another server's journal. */
export interface Moved {
  /** The offset with which its client came. While it has that, it has received nothing from this journal. */
  offset: string | undefined;
  /** How often it has moved. */
  times: number;
}

/** How many changes of a session's rooms are remembered. */
const MAX_CHANGES = 64;
/** Beyond these limits the oldest lost sessions are forgotten: clients must not fill the memory by coming and going. */
const MAX_LOST = 32_768;
const MAX_LOST_BYTES = 8 * 2 ** 20;

export class SessionRecords {
  readonly #batch: BatchedStorage;
  readonly #maxValueBytes: number;
  readonly #comparer = new Comparer(() => {});
  /** Copies of the `data` that were put last, of connected sessions: changes show by comparing. */
  readonly #images = new Map<PrivateSessionId, unknown>();
  /** The sessions that began since the last write. */
  readonly #isNew = new Set<PrivateSessionId>();
  /** The sessions that the next write contains. */
  readonly #isPut = new Set<PrivateSessionId>();
  /** Those of them that changed again. They are read when somebody asks for them, or before the write. */
  readonly #unread = new Map<PrivateSessionId, LiveSession>();
  /** Changes of rooms that are not in the records yet. */
  readonly #changes = new Map<PrivateSessionId, MembershipChange[]>();
  /** The data in memory, where a part of it cannot be written as it is. */
  readonly #originals = new Map<PrivateSessionId, unknown>();
  /** The bytes of lost sessions. After a start, only of those lost since, until `setLost` tells of all. */
  readonly #lost = new Map<PrivateSessionId, number>();
  #lostBytes = 0;
  /** When the last of them was lost. */
  #lastLostAt = 0;
  #isInOrder = false;
  /** The lost ones by the keys of their namespace and of their rooms. Undefined: nobody has asked yet. */
  #lostByKey: Map<string, Set<PrivateSessionId>> | undefined;

  constructor(batch: BatchedStorage, maxValueBytes: number) {
    this.#batch = batch;
    this.#maxValueBytes = maxValueBytes;
  }

  get(pid: PrivateSessionId): SessionRecord | undefined {
    if (!isPrivateSessionId(pid)) return undefined;
    this.#read(pid);
    return this.#batch.get(keyOf(pid)) as SessionRecord | undefined;
  }

  /** The data of a session: as it was in memory if that is still there, otherwise as it was kept. */
  dataOf({ pid, data, buffers }: SessionRecord): unknown {
    const original = this.#originals.get(pid);
    if (original !== undefined) return original;
    return buffers === undefined ? data : unpackBuffers(structuredClone(data), buffers);
  }

  /** Whose row has this key; undefined if it is no session's. */
  pidOf(key: string): PrivateSessionId | undefined {
    return key.startsWith("s") ? key.slice(1) : undefined;
  }

  all(): SessionRecord[] {
    this.readAll();
    return this.#batch.entries("s").map(([, record]) => record as SessionRecord);
  }

  /**
   * All lost sessions, the oldest first, so that those that are over come before all others. Undefined where their
   * order is not known; see `setLost`.
   */
  lostInOrder(): Iterable<SessionRecord> | undefined {
    return this.#isInOrder ? this.#allLost() : undefined;
  }

  *#allLost(): Iterable<SessionRecord> {
    for (const pid of this.#lost.keys()) {
      const record = this.#batch.get(keyOf(pid)) as SessionRecord | undefined;
      if (record?.lostAt !== undefined) yield record;
    }
  }

  /** These are all that are lost. */
  setLost(records: readonly SessionRecord[]): void {
    const lostAt = (record: SessionRecord): number => record.lostAt ?? 0;
    const sorted = records.toSorted((one, other) => lostAt(one) - lostAt(other));
    this.#lost.clear();
    this.#lostBytes = 0;
    for (const record of sorted) this.#addLost(record, serializedSize(record));
    this.#isInOrder = true;
    this.#boundLost();
  }

  #addLost({ pid, lostAt = 0 }: SessionRecord, size: number): void {
    if (lostAt < this.#lastLostAt && this.#lost.size > 0) this.#isInOrder = false;
    this.#lastLostAt = lostAt;
    this.#lost.set(pid, size);
    this.#lostBytes += size;
  }

  #boundLost(): void {
    for (const pid of this.#lost.keys()) {
      if (this.#lost.size <= MAX_LOST && this.#lostBytes <= MAX_LOST_BYTES) break;
      this.forget(pid);
    }
  }

  /** The lost sessions of a room; `null`: of the namespace. Read one by one, as the caller may need only the first. */
  *lostIn(namespace: string, room: Room | null): Iterable<SessionRecord> {
    if (this.#lostByKey === undefined) {
      this.#lostByKey = new Map();
      for (const record of this.all()) this.#index(record);
    }
    const key = room === null ? namespaceKey(namespace) : roomKey(namespace, room);
    const pids = this.#lostByKey.get(key) ?? [];
    for (const pid of pids) yield this.#batch.get(keyOf(pid)) as SessionRecord;
  }

  /** Adds a lost session to `#lostByKey`. */
  #index(record: SessionRecord): void {
    if (this.#lostByKey === undefined || record.lostAt === undefined) return;
    for (const key of keysOf(record)) {
      const pids = this.#lostByKey.get(key);
      if (pids === undefined) this.#lostByKey.set(key, new Set([record.pid]));
      else pids.add(record.pid);
    }
  }

  /** Removes a session from `#lostByKey`, before its record changes. */
  #unindex(pid: PrivateSessionId): void {
    if (this.#lostByKey === undefined) return;
    const record = this.#batch.get(keyOf(pid)) as SessionRecord | undefined;
    if (record?.lostAt === undefined) return;
    for (const key of keysOf(record)) {
      const pids = this.#lostByKey.get(key);
      pids?.delete(pid);
      if (pids?.size === 0) this.#lostByKey.delete(key);
    }
  }

  /** A session begins, or is recovered. */
  begin(record: SessionRecord): void {
    this.#forgetLost(record.pid);
    this.#images.set(record.pid, this.#comparer.compare(record.data, undefined));
    if (this.get(record.pid) === undefined) this.#isNew.add(record.pid);
    this.#put(record);
  }

  /** Puts what changed. Returns whether the storage has an older state, which a crash would bring back. */
  note(session: SessionToPersist): boolean {
    this.#unread.delete(session.pid);
    const record = this.get(session.pid);
    if (record === undefined) return false;
    const { rooms, data } = session;
    const changes = this.#changes.get(session.pid);
    this.#changes.delete(session.pid);
    const image =
      this.#images.get(session.pid) ?? this.#comparer.compare(this.dataOf(record), undefined);
    this.#images.set(session.pid, this.#comparer.compare(data, image));
    const areSameRooms = changes === undefined && areSameTexts(rooms, record.rooms);
    if (!this.#comparer.hasChanged && areSameRooms) return false;
    const noted: SessionRecord = { ...record, rooms, data, buffers: undefined };
    if (changes !== undefined) {
      noted.changes = [...(record.changes ?? []), ...changes].slice(-MAX_CHANGES);
    }
    this.#put(noted);
    return !this.#isNew.has(session.pid);
  }

  /** A connected session joined or left a room. The caller has to call `note` as well. */
  noteMembership(pid: PrivateSessionId, change: MembershipChange): void {
    const record = this.#batch.get(keyOf(pid)) as SessionRecord | undefined;
    if (record === undefined || record.lostAt !== undefined) return;
    // No packet was sent to the session before this change.
    if (change[0] === record.from) return;
    const changes = this.#changes.get(pid);
    if (changes === undefined) this.#changes.set(pid, [change]);
    else if (changes.push(change) > 2 * MAX_CHANGES) changes.splice(0, MAX_CHANGES);
  }

  /**
   * The same as `note`, but a session that the next write contains is read only then, once for all its changes:
   * reading takes long for one that is in many rooms.
   */
  noteOften(session: LiveSession): boolean {
    if (!this.#isPut.has(session.pid)) return this.note(session);
    this.#unread.set(session.pid, session);
    return false;
  }

  /** Reads all sessions whose reading `noteOften` has put off. */
  readAll(): void {
    for (const pid of this.#unread.keys()) this.#read(pid);
  }

  #read(pid: PrivateSessionId): void {
    const session = this.#unread.get(pid);
    if (session === undefined) return;
    if (session.isGone) this.#unread.delete(pid);
    else this.note(session);
  }

  /** All that was put is in the storage. */
  noteWritten(): void {
    this.#isNew.clear();
    this.#isPut.clear();
  }

  /** Keeps a session whose client is lost. */
  keepLost(record: SessionRecord): void {
    this.#images.delete(record.pid);
    this.#forgetLost(record.pid);
    this.#addLost(record, this.#put(record));
    this.#boundLost();
  }

  forget(pid: PrivateSessionId): void {
    this.#forgetLost(pid);
    this.#images.delete(pid);
    this.#originals.delete(pid);
    this.#unread.delete(pid);
    this.#changes.delete(pid);
    this.#isPut.delete(pid);
    this.#unindex(pid);
    this.#batch.delete(keyOf(pid));
  }

  #forgetLost(pid: PrivateSessionId): void {
    this.#lostBytes -= this.#lost.get(pid) ?? 0;
    this.#lost.delete(pid);
  }

  /** Returns the record's bytes. One that is too large for the storage is forgotten: 0. */
  #put(record: SessionRecord): number {
    const { pid } = record;
    const kept = this.#written(record);
    const size = serializedSize(kept);
    if (size > this.#maxValueBytes) {
      this.forget(pid);
      return 0;
    }
    this.#isPut.add(pid);
    this.#unindex(pid);
    this.#batch.put(keyOf(pid), kept);
    this.#index(kept);
    return size;
  }

  /** The record in a form that can be cloned. */
  #written(record: SessionRecord): SessionRecord {
    const { pid, data, buffers } = record;
    if (buffers !== undefined) return record;
    const isWhole = isCloneable(data);
    const { value, paths } = packBuffers(isWhole ? data : withoutUncloneable(data, () => {}));
    if (isWhole && paths.length === 0) {
      this.#originals.delete(pid);
      return record;
    }
    this.#originals.set(pid, data);
    return { ...record, data: value, ...(paths.length > 0 && { buffers: paths }) };
  }
}

/** The keys of packets for the session's namespace and rooms, see `AtRisk`. */
function keysOf({ namespace, rooms }: SessionRecord): string[] {
  return [namespaceKey(namespace), ...rooms.map((room) => roomKey(namespace, room))];
}

function keyOf(pid: PrivateSessionId): string {
  return `s${pid}`;
}
