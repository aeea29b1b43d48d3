/**
 * Ends lost sessions whose time is over, and tells the application by `expire-session`. One deadline of the host
 * serves all sessions: that of the first to expire.
 */
import type { BatchedStorage } from "../../engine/host/batched-storage.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { AdapterServer } from "../rooms/adapter-namespace.ts";
import { type AtRisk, isAtRisk } from "./at-risk.ts";
import type { SessionRecord, SessionRecords } from "./session-records.ts";

/** The name of the host's deadline. */
const DEADLINE = "recovery";

/** The part of the journal's head that says when the next session expires. */
export interface ExpiryHead {
  /** When the first of the lost sessions expires, or earlier. In milliseconds since the epoch. */
  expires?: number | undefined;
}

/** The journal whose sessions end. */
export interface ExpiryOwner {
  readonly runtime: Runtime;
  readonly server: AdapterServer;
  readonly batch: BatchedStorage;
  readonly sessions: SessionRecords;
  /** How long a lost session may be recovered, in milliseconds. */
  readonly duration: number;
  /** Undefined once the storage has failed. */
  readonly head: ExpiryHead | undefined;
  /** Whether the client cannot recover the session any more. */
  isOver(record: SessionRecord): boolean;
  /** A session is over for good, and nobody has been told yet. */
  onEnd(record: SessionRecord): void;
}

export class Expiry {
  readonly #owner: ExpiryOwner;
  /** When all sessions were last looked at, in milliseconds since the epoch. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** When the host will call `#ring`, in milliseconds since the epoch. */
  #deadline = Number.POSITIVE_INFINITY;

  constructor(owner: ExpiryOwner) {
    this.#owner = owner;
  }

  /** Ends sessions. They are forgotten before the application is told, so that it is never told twice. */
  end(records: readonly SessionRecord[]): void {
    if (records.length === 0) return;
    const { sessions, batch, server, runtime } = this.#owner;
    const told = records.map((record) => ({ ...record, data: sessions.dataOf(record) }));
    for (const { pid } of records) sessions.forget(pid);
    batch.flush();
    for (const record of told) {
      const { sid, namespace, parent, rooms, data } = record;
      this.#owner.onEnd(record);
      try {
        const nsp = server._restoreNamespace(namespace, parent);
        nsp.adapter.emit("expire-session", sid, new Set(rooms), data);
        nsp._onSocketGone?.();
      } catch (error) {
        runtime._report(error, `expire-session of ${namespace}`);
      }
    }
  }

  /** Sets the deadline for a session that was lost at this time. */
  expect(head: ExpiryHead, lostAt: number): void {
    const { batch, duration } = this.#owner;
    // At `lostAt + duration` the session can still be recovered.
    const expires = lostAt + duration + 1;
    if (head.expires === undefined || head.expires > expires) {
      head.expires = expires;
      batch.put("head", head);
    }
    this.schedule(head.expires);
  }

  /** Has the host call at this time, unless it will do so earlier. */
  schedule(time: number): void {
    if (time >= this.#deadline) return;
    this.#deadline = time;
    this.#owner.runtime.host.schedule(DEADLINE, time, () => this.#ring());
  }

  /** The deadline, or a call before it: after a sleep the host does not know whose alarm it was. */
  #ring(): void {
    const { runtime, head, sessions, duration } = this.#owner;
    this.#deadline = Number.POSITIVE_INFINITY;
    runtime.host.schedule(DEADLINE, null, () => {});
    if (head?.expires === undefined) return;
    const now = runtime.now();
    const lost = now - this.#lookedAt < duration ? sessions.lostInOrder() : undefined;
    if (head.expires > now) this.schedule(head.expires);
    else if (lost === undefined) this.lookAtAll(head);
    else this.#lookAtFirst(head, lost);
  }

  /** A cheaper `lookAtAll`, as clients decide how often it runs: stops at the first session that is not over. */
  #lookAtFirst(head: ExpiryHead, lost: Iterable<SessionRecord>): void {
    const over: SessionRecord[] = [];
    this.#beginAnew(head);
    for (const record of lost) {
      if (!this.#owner.isOver(record)) {
        this.expect(head, record.lostAt as number);
        break;
      }
      over.push(record);
    }
    this.end(over);
  }

  /**
   * Ends all sessions that are over or in `missed` (packets for them may be lost), and sets the next deadline.
   * Sessions without a connection that nobody saw end are lost from now on.
   */
  lookAtAll(head: ExpiryHead, missed?: AtRisk): void {
    const { sessions, runtime } = this.#owner;
    const now = runtime.now();
    const over: SessionRecord[] = [];
    const lost: SessionRecord[] = [];
    this.#lookedAt = now;
    this.#beginAnew(head);
    for (const record of sessions.all()) {
      if (record.lostAt === undefined && this.#isThere(record)) continue;
      if (this.#owner.isOver(record) || isAtRisk(missed, record)) {
        over.push(record);
        continue;
      }
      const { lostAt = now } = record;
      const isNew = record.lostAt === undefined;
      const known: SessionRecord = isNew ? { ...record, lostAt, isUnnoticed: true } : record;
      if (isNew) sessions.keepLost(known);
      lost.push(known);
      this.expect(head, lostAt);
    }
    sessions.setLost(lost);
    this.end(over);
  }

  #beginAnew(head: ExpiryHead): void {
    head.expires = undefined;
    this.#owner.batch.put("head", head);
  }

  #isThere({ namespace, sid }: SessionRecord): boolean {
    return this.#owner.server._nsps.get(namespace)?._findSession(sid) !== undefined;
  }
}
