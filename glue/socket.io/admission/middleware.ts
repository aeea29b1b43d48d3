/** Chains of `(subject, next)` functions: `io.use` and `socket.use`. */
import { inMicrotask } from "../../common/microtasks.ts";
import { isThenable } from "../../common/values.ts";
import type { Any } from "../types/typed-events.ts";

/**
 * What a middleware may give to `next`: the client gets `message` and `data`.
 *
 * @example
 * next(Object.assign(new Error("who are you?"), { data: { retry: false } }));
 */
export interface ExtendedError extends Error {
  /** Anything that can be encoded. */
  data?: Any;
}

export type Next = (error?: Any) => void;
export type Middleware<Subject> = (subject: Subject, next: Next) => unknown;

/**
 * Runs the functions in order, each when the one before calls `next`; further calls of the same `next` do nothing.
 * `done` gets the first error given to `next`. As upstream, it is called in a later microtask: the code after a call
 * of `next` runs before. `failed` gets what a function throws, `settling` the promise that one returns.
 */
export function runMiddlewares<Subject>(
  middlewares: readonly Middleware<Subject>[],
  subject: Subject,
  done: Next,
  failed: (error: unknown) => void,
  settling: (promise: PromiseLike<unknown>) => void,
): void {
  // Functions that are added during the run are not called in it.
  const chain = middlewares.slice();
  const step = (index: number): void => {
    const middleware = chain[index];
    if (middleware === undefined) {
      inMicrotask(done);
      return;
    }
    let called = false;
    const next: Next = (error) => {
      if (called) return;
      called = true;
      if (error) inMicrotask(() => done(error));
      else step(index + 1);
    };
    try {
      const result = middleware(subject, next);
      if (isThenable(result)) settling(result);
    } catch (error) {
      failed(error);
    }
  };
  step(0);
}
