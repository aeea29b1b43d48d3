/**
 * What has been performed already: a call that failed on its way is made again, and may have arrived. Calls of
 * one shard come in order in each channel, so that the last number says it all. Emitters come and go: of their calls
 * the last are remembered.
 */
import { Performed, trim } from "./performed.ts";
import type { Origin } from "./shard-messages.ts";

/** So many answers are kept for those who ask again. */
const MAX_ANSWERS = 100;

interface Life {
  name: string;
  /** By channel: the number of the last call. */
  last: Map<number, number>;
}

export class Deliveries {
  /** By the shard that they come from. */
  readonly #lives = new Map<number, Life>();
  readonly #answers = new Map<string, unknown>();
  readonly #ofEmitters = new Performed();

  /**
   * Runs what is new, and gives its result; of what is not, the result that it had, or undefined.
   * `keepsAnswer`: it may be asked for.
   */
  once(origin: Origin, keepsAnswer: boolean, run: () => unknown): unknown {
    const { shard, life, channel, number } = origin;
    const key = `${shard} ${life} ${channel} ${number}`;
    if (origin.isEmitters) return this.#ofEmitters.once(key, keepsAnswer, run);
    let known = this.#lives.get(shard);
    if (known?.name !== life) {
      known = { name: life, last: new Map() };
      this.#lives.set(shard, known);
    }
    if (number <= (known.last.get(channel) ?? 0)) return this.#answers.get(key);
    known.last.set(channel, number);
    const result = run();
    if (keepsAnswer) trim(this.#answers.set(key, result), MAX_ANSWERS);
    return result;
  }
}
