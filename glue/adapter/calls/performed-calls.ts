/**
 * Calls of emitters that have been performed lately: one that failed on its way is made again, and may have
 * arrived.
 */

import { MAX_CALLS } from "./call-checks.ts";

/** How many calls are remembered: those of two messages at least. */
const MAX_REMEMBERED = 2 * MAX_CALLS;
/** How many answers are kept, for calls that are made again. */
export const MAX_ANSWERS = 100;

export class PerformedCalls {
  readonly #calls = new Set<string>();
  readonly #answers = new Map<string, unknown>();

  has(call: string): boolean {
    return this.#calls.has(call);
  }

  /** Runs what is new, and gives its result; of what is not, undefined. */
  once(call: string, run: () => unknown): unknown {
    return this.#isNew(call) ? run() : undefined;
  }

  /** The same where the result is asked for: of what is not new, the one that it had. Throws where that is kept no more. */
  ask(call: string, run: () => unknown): unknown {
    if (!this.#isNew(call)) {
      if (!this.#answers.has(call)) throw new Error("its answer is kept no more");
      return this.#answers.get(call);
    }
    const result = run();
    trim(this.#answers.set(call, result), MAX_ANSWERS);
    return result;
  }

  /** Whether it was not performed. It is noted as performed then. */
  #isNew(call: string): boolean {
    if (this.#calls.has(call)) return false;
    trim(this.#calls.add(call), MAX_REMEMBERED);
    return true;
  }
}

/** Forgets what is oldest. */
export function trim<Key>(collection: Set<Key> | Map<Key, unknown>, size: number): void {
  if (collection.size <= size) return;
  const [oldest] = collection.keys();
  collection.delete(oldest as Key);
}
