/** A journal whose sessions may go to another server's journal, and come from there. */
import type { SessionToPersist } from "../rooms/adapter.ts";
import type { AdapterNamespace } from "../rooms/adapter-namespace.ts";
import type { PrivateSessionId, Room } from "../rooms/identifiers.ts";
import { Journal, journalOf } from "./journal.ts";
import type { KeptPacket } from "./packet-row.ts";
import type { SessionRecord } from "./session-records.ts";

/** What the journal has to know of a session that comes from another server, beside the session. */
export interface Arrival {
  /** The number of the first packet that `keep` has kept for its private id. */
  from: number;
  moved: NonNullable<SessionRecord["moved"]>;
  /** Since when it is lost, in milliseconds since the epoch. Long ago if a part of it is missing: it is over then. */
  lostAt: number;
}

/** The journal of the namespace's server, where recovery is on. */
export function movableJournalOf(nsp: AdapterNamespace): MovableJournal | undefined {
  return journalOf(nsp, MovableJournal) as MovableJournal | undefined;
}

export class MovableJournal extends Journal {
  /** Told of sessions that came from another server, when they are over for good. */
  onMovedEnd: ((record: SessionRecord) => void) | undefined;

  /** The number of the next packet; undefined where nothing is kept any more. */
  get nextNumber(): number | undefined {
    return this.open()?.ring.next;
  }

  /** The offset of a packet that was kept. */
  offsetOf(number: number): string {
    return this.open()?.offsets.format(number) ?? "";
  }

  /** A session of this namespace that is not over. */
  find(namespace: string, pid: PrivateSessionId): SessionRecord | undefined {
    const record = this.open() && this.parts.sessions.get(pid);
    return record?.namespace === namespace && !this.isOver(record) ? record : undefined;
  }

  /** The packets from this number on for members of these rooms; undefined if not all are there any more. */
  since(number: number, namespace: string, rooms: readonly Room[]): KeptPacket[] | undefined {
    const missing = { namespace, rooms, mustReach: true, isAtRisk: () => true };
    return this.open()?.ring.since(number, missing);
  }

  /** Forgets a session that goes on elsewhere, before this turn's answers leave. */
  give(pid: PrivateSessionId): void {
    if (this.open() === undefined) return;
    const { sessions, batch } = this.parts;
    sessions.forget(pid);
    batch.flush();
  }

  /** Takes up the lost session of another server's journal. */
  receive(nsp: AdapterNamespace, session: SessionToPersist, arrival: Arrival): void {
    const state = this.open();
    if (state === undefined) return;
    const { sessions, batch, runtime } = this.parts;
    sessions.keepLost({ ...this.recordOf(nsp, session, state), ...arrival });
    this.expiry.expect(state.head, arrival.lostAt);
    batch.flush();
    runtime.endTurnSoon();
  }

  protected override noteMovedEnd(record: SessionRecord): void {
    this.onMovedEnd?.(record);
  }
}
