/**
 * Sends the announcements of a shard to each home, in batches: those that are made while a call is under way are sent
 * with the next one, and the rate of calls is limited. So a client that joins rooms as fast as it can makes the home
 * write to its storage a few times, and not once per room.
 */
import { inMicrotask } from "../../../common/microtasks.ts";
import type { Answer } from "../../calls/calls.ts";
import type { ShardPart } from "../messages/shard-messages.ts";
import type { ShardIndex } from "../placement/placement.ts";

/** How many are sent together at most. */
const AT_ONCE = 250;
/** How many UTF-16 units of names are sent together, about. */
const UNITS_AT_ONCE = 65_536;
/** How many wait for one home at most, and how many UTF-16 units of names: a home may never answer. */
const MAX_WAITING = 20_000;
const MAX_UNITS_WAITING = 2 ** 20;
/** How many calls may be made to a home without a pause. */
const BURST = 20;
/** After that, one in so many milliseconds. */
const INTERVAL = 25;

/** Tells a home that the sender has members of a room. */
export type Announcement = Extract<ShardPart, { kind: "announce" }>;

interface Waiting {
  part: Announcement;
  resolve: (answer: Answer) => void;
}

/** The announcements to one home. */
interface Line {
  waiting: Waiting[];
  /** How many UTF-16 units of names wait. */
  units: number;
  isUnderWay: boolean;
  /** How many calls may be made without a pause, at the moment `since`. */
  calls: number;
  since: number;
}

export class AnnouncementQueue {
  readonly #send: (index: ShardIndex, part: ShardPart) => Promise<Answer>;
  readonly #now: () => number;
  readonly #lines = new Map<ShardIndex, Line>();

  /** `send`: what is sent in one turn travels in one call. It does not reject. */
  constructor(send: (index: ShardIndex, part: ShardPart) => Promise<Answer>, now: () => number) {
    this.#send = send;
    this.#now = now;
  }

  /** Sends it, perhaps behind others. Never rejects; too much that waits is an error. */
  send(home: ShardIndex, part: Announcement): Promise<Answer> {
    const line = this.#lineTo(home);
    if (line.waiting.length >= MAX_WAITING || line.units >= MAX_UNITS_WAITING) {
      return Promise.resolve({ error: "it has too much to do" });
    }
    return new Promise((resolve) => {
      line.waiting.push({ part, resolve });
      line.units += unitsOf(part);
      if (line.isUnderWay) return;
      line.isUnderWay = true;
      // With those of the same turn.
      inMicrotask(() => void this.#depart(home, line));
    });
  }

  async #depart(home: ShardIndex, line: Line): Promise<void> {
    while (line.waiting.length > 0) {
      const pause = this.#pauseOf(line);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      const leaving = line.waiting.splice(0, countTogether(line.waiting));
      for (const { part } of leaving) line.units -= unitsOf(part);
      await Promise.all(
        leaving.map(async ({ part, resolve }) => resolve(await this.#send(home, part))),
      );
    }
    line.isUnderWay = false;
  }

  /** How long the next call has to wait, in milliseconds. Counts that call. */
  #pauseOf(line: Line): number {
    const now = this.#now();
    // The clock may have been set back.
    const passed = Math.max(0, now - line.since);
    line.calls = Math.min(BURST, line.calls + passed / INTERVAL) - 1;
    line.since = now;
    return Math.max(0, -line.calls * INTERVAL);
  }

  #lineTo(home: ShardIndex): Line {
    const existing = this.#lines.get(home);
    if (existing !== undefined) return existing;
    const line = { waiting: [], units: 0, isUnderWay: false, calls: BURST, since: this.#now() };
    this.#lines.set(home, line);
    return line;
  }
}

/** How many of them may leave together. */
function countTogether(waiting: readonly Waiting[]): number {
  let units = 0;
  let count = 0;
  while (count < waiting.length && count < AT_ONCE && units < UNITS_AT_ONCE) {
    units += unitsOf((waiting[count] as Waiting).part);
    count += 1;
  }
  return count;
}

function unitsOf({ namespace, room }: Announcement): number {
  return namespace.length + String(room).length;
}
