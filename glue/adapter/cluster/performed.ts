/**
 * Calls of emitters that have been performed lately: one that failed on its way is made again, and may have
 * arrived.
 */

import { MAX_CALLS } from "./check.ts";

/** How many calls are remembered: those of two messages at least. */
const MAX_REMEMBERED = 2 * MAX_CALLS;
/** How many answers are kept, for calls that are made again. */
export const MAX_ANSWERS = 100;

export class Performed {
  readonly #calls = new Set<string>();
  readonly #answers = new Map<string, unknown>();

  has(call: string): boolean {
    return this.#calls.has(call);
  }

  /**
   * Runs what is new, and gives its result; of what is not, the result that it had, or undefined.
   * `isQuestion`: its result is asked for; throws an error where it is kept no more.
   */
  once(call: string, isQuestion: boolean, run: () => unknown): unknown {
    if (this.#calls.has(call)) {
      if (isQuestion && !this.#answers.has(call)) throw new Error("its answer is kept no more");
      return this.#answers.get(call);
    }
    this.#calls.add(call);
    trim(this.#calls, MAX_REMEMBERED);
    const result = run();
    if (isQuestion) trim(this.#answers.set(call, result), MAX_ANSWERS);
    return result;
  }
}

/** Forgets what is oldest. */
export function trim<Key>(collection: Set<Key> | Map<Key, unknown>, size: number): void {
  if (collection.size <= size) return;
  const [oldest] = collection.keys();
  collection.delete(oldest as Key);
}
