/**
 * What a shard has sent by one home, or straight to all others, and is not there yet, while it sends by another: a
 * shard with members of both rooms may get the later first. So each message says which are before it (`Earlier`), and `Arrivals` hold it back
 * there. Messages by the same home keep their order by themselves.
 */
import type { Target } from "./calls.ts";
import { type Earlier, MAX_EARLIER, type Origin } from "./shard-messages.ts";

/** What takes longer is not waited for, in milliseconds. */
export const PATIENCE = 1000;

interface Departure {
  earlier: Earlier;
  /** When it left. */
  at: number;
  isOver: boolean;
}

export class Departures {
  readonly #now: () => number;
  /** The last of them, oldest first. */
  #recent: Departure[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What is on its way now. */
  underWay(): Earlier[] {
    if (this.#recent.length === 0) return [];
    const since = this.#now() - PATIENCE;
    this.#recent = this.#recent.filter(({ at, isOver }) => !isOver && at > since);
    return this.#recent.map(({ earlier }) => earlier);
  }

  /** A call leaves for other shards, and has been performed there when `arrival` is settled. */
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
