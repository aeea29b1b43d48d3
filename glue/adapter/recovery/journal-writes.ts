/**
 * When the journal writes what has changed. The first change after a pause is written at the end of its turn; those
 * that follow soon are written in batches. While a batch is collected, the storage says so, and names those who may
 * lose something by a crash (`AtRisk`).
 */
import type { BatchedStorage } from "../../engine/host/batched-storage.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { RecentTargets } from "./at-risk.ts";
import type { PacketRing } from "./packet-ring.ts";
import type { SessionRecords } from "./session-records.ts";

/** A batch with so many bytes is written at once. */
const BATCH_BYTES = 64 * 2 ** 10;

/** What it needs of the journal. */
interface JournalWritesOwner {
  readonly runtime: Runtime;
  readonly batch: BatchedStorage;
  readonly sessions: SessionRecords;
  /** Undefined as long as the journal was not read, and once it is off. */
  readonly ring: PacketRing | undefined;
  /** How long a change waits at most, in milliseconds. */
  readonly flushInterval: number;
  /** Whether every change is written before anything leaves that is sent after it. */
  readonly isStrict: boolean;
}

export class JournalWrites {
  readonly #owner: JournalWritesOwner;
  readonly #recent = new RecentTargets();
  /** Whether the end of the turn writes. */
  #isDue = false;
  /** Whether there was a write in this turn that had to precede a packet. */
  #isAhead = false;
  /** Whether the next write comes before the interval is over, to name more clients at risk. */
  #isExtra = false;
  #isEnding = false;
  /** Bytes and changes since the last write. */
  #bytes = 0;
  #changes = 0;
  #changedAt = 0;
  #writtenAt = 0;

  constructor(owner: JournalWritesOwner) {
    this.#owner = owner;
    const { batch, flushInterval } = owner;
    batch.beforeFlush = () => this.#beforeFlush();
    batch.afterFlush = () => {
      // After an extra write the next one comes later, so that the rate of writes stays the same.
      if (this.#isOpen) batch.flushSoon((this.#isExtra ? 2 : 1) * flushInterval);
      this.#isExtra = false;
    };
  }

  /** Whether a timer for the next write keeps the object awake. */
  get isWaiting(): boolean {
    return this.#owner.batch.isWaiting;
  }

  /** Writes everything: the object is about to sleep or end. */
  writeAll(): void {
    const { batch } = this.#owner;
    if (!batch.isWaiting && !this.#isDue) return;
    this.#isEnding = true;
    batch.flush();
    this.#isEnding = false;
  }

  /** There is something to write. `keys`: those whom its loss would concern, see `AtRisk`. `bytes`: of packets. */
  note(keys: readonly string[], now = this.#owner.runtime.now(), bytes = 0): void {
    const { runtime, batch, isStrict } = this.#owner;
    this.#bytes += bytes;
    // Changes at the same time, as of one turn in Workers, count once.
    if (now !== this.#changedAt || this.#changes === 0) this.#changes += 1;
    this.#changedAt = now;
    if (isStrict) {
      batch.flushFirst();
      return;
    }
    const isSaid = this.#recent.note(keys, now);
    if (this.#isDue || (this.#isOpen && isSaid && this.#bytes < BATCH_BYTES)) return;
    this.#isExtra = this.#isOpen && !isSaid;
    this.#isDue = true;
    runtime.endTurnSoon();
  }

  /** Writes what has changed before anything leaves that is sent from now on. */
  writeAhead(): void {
    const { runtime, batch } = this.#owner;
    this.#isDue = false;
    this.#isAhead = true;
    batch.flushFirst();
    runtime.endTurnSoon();
  }

  /** Writes what is due at the end of a turn. */
  endTurn(): void {
    if (this.#isDue) this.#owner.batch.flush();
    this.#isAhead = false;
  }

  /** Whether the storage says that there may be changes that it does not have. */
  get #isOpen(): boolean {
    return this.#owner.ring?.open !== undefined;
  }

  #beforeFlush(): void {
    const { runtime, ring, sessions, isStrict } = this.#owner;
    if (ring !== undefined) sessions.readAll();
    const now = runtime.now();
    const isOpen = this.#isBusy(now) && !this.#isEnding && !isStrict;
    const atRisk = isOpen ? this.#recent.atRisk(now) : undefined;
    if (ring !== undefined && ring.open !== atRisk) {
      ring.setOpen(atRisk, now);
      this.#recent.written = atRisk;
    }
    this.#isDue = false;
    this.#bytes = 0;
    this.#changes = 0;
    this.#writtenAt = now;
    ring?.noteWritten();
    sessions.noteWritten();
  }

  /** Whether more changes are expected: after two within an interval, and as long as they keep up their rate. */
  #isBusy(now: number): boolean {
    // A write that had to precede a packet says nothing of the rate, nor does the rest of its turn.
    if (this.#isAhead) return this.#isOpen;
    const passed = now - this.#writtenAt;
    if (this.#isDue) return passed < this.#owner.flushInterval;
    return this.#changes > 0 && (now - this.#changedAt) * this.#changes < 1.5 * passed;
  }
}
