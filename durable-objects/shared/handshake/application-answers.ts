/** Calls functions of the application that may call back, return or throw their answer, or never give one. */
import { MAX_DELAY } from "../../../glue/common/timers.ts";
import { isThenable } from "../../../glue/common/values.ts";
import { now } from "../platform/host-basics.ts";

/** A function of the application has not answered in time. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";
}

/** A function of the application has called back with an error: a refusal, and not a failure. */
export class Declined extends Error {
  override readonly name = "Declined";

  /** `cause`: what it called back with. */
  constructor(cause: unknown) {
    super("declined by the application", { cause });
  }
}

/** Limits how long all functions of the application together may take for one handshake. */
export class Patience {
  readonly #limit: number;
  readonly #end: number;

  /** `limit`: in milliseconds, from now on. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#end = now() + limit;
  }

  /** Resolves as `answer` does. Rejects with an `UnansweredError` that names `who` when time is up. */
  wait<T>(answer: T | PromiseLike<T>, who: string): T | Promise<T> {
    if (!isThenable(answer)) return answer;
    const late = new Promise<never>((_resolve, reject) => {
      const giveUp = () => reject(new UnansweredError(this.#describe(who)));
      const left = Math.min(Math.max(0, this.#end - now()), MAX_DELAY);
      const timer = setTimeout(giveUp, left);
      const stop = () => clearTimeout(timer);
      answer.then(stop, stop);
    });
    return Promise.race([answer, late]);
  }

  #describe(who: string): string {
    return `${who} has not answered a handshake within ${this.#limit} ms: it is refused`;
  }
}

/**
 * Asks a function that may call back, return its answer, or return a promise of it: the first answer
 * counts. Rejects with what it throws, or with a `Declined` if it calls back with an error. `isAnswer` tells answers from what
 * functions that call back happen to return.
 */
export function askEither<T>(
  call: (callback: (error: unknown, answer?: T) => void) => unknown,
  isAnswer: (value: unknown) => value is T,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const returned = call((error, answer) => {
      if (error) reject(new Declined(error));
      else resolve(answer);
    });
    const settle = (value: unknown): void => {
      if (isAnswer(value)) resolve(value);
    };
    if (isThenable(returned)) returned.then(settle, reject);
    else settle(returned);
  });
}
