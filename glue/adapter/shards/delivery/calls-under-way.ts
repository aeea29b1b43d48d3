/**
 * Remembers the calls of a shard that have not arrived everywhere. A shard with members of two rooms may get a later
 * call by the home of one room before an earlier call by the home of the other. So each call names those under way
 * when it is sent (`Earlier`), and waits for them where it arrives (`arrival-order.ts`). Calls by one home keep their order
 * anyway.
 */
import type { Target } from "../../calls/calls.ts";
import { type Earlier, MAX_EARLIER, type Origin } from "../messages/shard-messages.ts";

/** How long a call is waited for, in milliseconds. */
export const PATIENCE = 1000;

interface Departure {
  earlier: Earlier;
  /** When it left. */
  at: number;
  isOver: boolean;
}

export class CallsUnderWay {
  readonly #now: () => number;
  /** The last calls, oldest first. */
  #recent: Departure[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The calls that are under way now. */
  list(): Earlier[] {
    if (this.#recent.length === 0) return [];
    const since = this.#now() - PATIENCE;
    this.#recent = this.#recent.filter(({ at, isOver }) => !isOver && at > since);
    return this.#recent.map(({ earlier }) => earlier);
  }

  /** A call is sent to other shards. When `arrival` settles, they have performed it. */
  add(
    origin: Origin,
    { namespace, rooms }: Omit<Target, "except">,
    arrival: Promise<unknown>,
  ): void {
    const departure = { earlier: { origin, namespace, rooms }, at: this.#now(), isOver: false };
    this.#recent.push(departure);
    if (this.#recent.length > MAX_EARLIER) this.#recent.shift();
    const end = (): void => {
      departure.isOver = true;
    };
    arrival.then(end, end);
  }
}
