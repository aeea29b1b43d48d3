/**
 * Remembers which calls were performed: a call that failed is made again, though it may have arrived. Calls of one
 * shard come in the order of their numbers in each channel, or a little late when a stub has failed, so it is enough
 * to remember the last numbers. Of emitters' calls, which have no numbers, the last ids are remembered.
 */
import { MAX_ANSWERS, Performed, trim } from "./performed.ts";
import type { Origin } from "./shard-messages.ts";

/** A call that is so many numbers late counts as performed. */
const WINDOW = 64;

interface Life {
  name: string;
  channels: Map<number, Channel>;
}

interface Channel {
  /** The largest number. */
  last: number;
  /** The numbers of the calls that were performed last, as far as they are not below the window. */
  recent: Set<number>;
}

export class Deliveries {
  /** What is known of each shard that calls came from, since it started. */
  readonly #lives = new Map<number, Life>();
  readonly #answers = new Map<string, unknown>();
  readonly #ofEmitters = new Performed();

  /** Whether a call was performed, or a later one of its channel was. */
  isBehind(origin: Origin): boolean {
    const { shard, life, isEmitters, channel, number } = origin;
    if (isEmitters) return this.#ofEmitters.has(keyOf(origin));
    const known = this.#lives.get(shard);
    return known?.name === life && number <= (known.channels.get(channel)?.last ?? 0);
  }

  /**
   * Runs a new call, and returns its result. For one that was performed already, returns the result that it had.
   * `isQuestion`: the result is waited for; throws an Error if it was not kept. Otherwise it may be undefined.
   */
  once(origin: Origin, isQuestion: boolean, run: () => unknown): unknown {
    const { shard, life, channel, number } = origin;
    const key = keyOf(origin);
    if (origin.isEmitters) return this.#ofEmitters.once(key, isQuestion, run);
    let known = this.#lives.get(shard);
    if (known?.name !== life) {
      known = { name: life, channels: new Map() };
      this.#lives.set(shard, known);
    }
    const calls = known.channels.get(channel) ?? { last: 0, recent: new Set() };
    known.channels.set(channel, calls);
    if (number <= calls.last - WINDOW || calls.recent.has(number)) {
      if (isQuestion && !this.#answers.has(key)) throw new Error("its answer is kept no more");
      return this.#answers.get(key);
    }
    calls.last = Math.max(calls.last, number);
    trim(calls.recent.add(number), 2 * WINDOW);
    const result = run();
    if (isQuestion) trim(this.#answers.set(key, result), MAX_ANSWERS);
    return result;
  }
}

function keyOf({ shard, life, channel, number }: Origin): string {
  return `${shard} ${life} ${channel} ${number}`;
}
