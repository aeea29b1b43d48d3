/**
 * What has been performed already: a call that failed on its way is made again, and may have arrived. Calls of
 * one origin come in order in each channel, so that the last number says it all.
 */
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

  /**
   * Runs what is new, and gives its result; of what is not, the result that it had, or undefined.
   * `keepsAnswer`: it may be asked for.
   */
  once(origin: Origin, keepsAnswer: boolean, run: () => unknown): unknown {
    const { shard, life, channel, number } = origin;
    const key = `${shard} ${life} ${channel} ${number}`;
    let known = this.#lives.get(shard);
    if (known?.name !== life) {
      known = { name: life, last: new Map() };
      this.#lives.set(shard, known);
    }
    if (number <= (known.last.get(channel) ?? 0)) return this.#answers.get(key);
    known.last.set(channel, number);
    const result = run();
    if (keepsAnswer) this.#keep(key, result);
    return result;
  }

  #keep(key: string, result: unknown): void {
    this.#answers.set(key, result);
    if (this.#answers.size <= MAX_ANSWERS) return;
    const [oldest] = this.#answers.keys();
    this.#answers.delete(oldest as string);
  }
}
