/**
 * What has been performed already: a call that failed on its way is made again, and may have arrived. Calls of
 * one shard come in order in each channel, but for those of a stub that has failed: the last numbers say it all.
 * Emitters come and go: of their calls the last are remembered.
 */
import { MAX_ANSWERS, Performed, trim } from "./performed.ts";
import type { Origin } from "./shard-messages.ts";

/** A call that comes so many numbers late is taken for one that has been performed. */
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

  /** Whether it has been performed, or has come here no more than others behind it. */
  isBehind(origin: Origin): boolean {
    const { shard, life, isEmitters, channel, number } = origin;
    if (isEmitters) return this.#ofEmitters.has(keyOf(origin));
    const known = this.#lives.get(shard);
    return known?.name === life && number <= (known.channels.get(channel)?.last ?? 0);
  }

  /**
   * Runs what is new, and gives its result; of what is not, the result that it had, or undefined.
   * `isQuestion`: its result is asked for; throws an error where it is kept no more.
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
