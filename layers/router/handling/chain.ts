/** Middlewares one around the other, by `koa-compose`, and what fails in them unheard. */
/// <reference path="./koa-compose.d.ts" />
import compose from "koa-compose";
import type { Any } from "../types.ts";
import type { SocketContext } from "./context.ts";
import type { Middleware } from "./handlers.ts";

/** Middlewares that run. */
export interface ChainRun {
  /** Resolves or rejects as the outermost does. */
  readonly ended: Promise<void>;
  /** Resolves when nothing of them runs any more, behind a `next()` that nobody waits for either. */
  readonly settled: Promise<void>;
}

/**
 * Runs middlewares around `innermost`. `unheard` is told of failures behind a `next()` whose promise no middleware
 * has waited for.
 */
export type Chain = (
  ctx: SocketContext,
  innermost: () => unknown,
  unheard: (error: unknown) => void,
) => ChainRun;

/** Throws a TypeError for what is no middleware. */
export function chain(middlewares: readonly Middleware<Any>[]): Chain {
  const composed = compose<Run>(
    middlewares.map((middleware) => {
      checkFunction(middleware, "a middleware");
      return (run: Run, next) => middleware(run.ctx as Any, run.watch(next));
    }),
  );
  return (ctx, innermost, unheard) => {
    const run = new Run(ctx, unheard);
    const ended = composed(run, async () => void (await innermost())).finally(() => run.finish());
    return { ended, settled: run.settle(ended) };
  };
}

/** Generators were Koa's and egg's way before `async`. */
export function checkFunction(value: unknown, what: string): void {
  if (typeof value !== "function") {
    throw new TypeError(`dormouse: ${what} must be a function, got ${typeof value}`);
  }
  if (/Generator/.test(Object.prototype.toString.call(value))) {
    throw new TypeError(`dormouse: ${what} is a generator function: write it with async and await`);
  }
}

// biome-ignore lint/suspicious/noConfusingVoidType: what a promise resolves with that resolves with nothing
type Nothing = void;

/** One run of a chain. */
class Run {
  readonly ctx: SocketContext;
  readonly #unheard: (error: unknown) => void;
  readonly #continuations: Continuation[] = [];
  /** What they stand for. */
  readonly #underWay: Promise<void>[] = [];
  #isFinished = false;

  constructor(ctx: SocketContext, unheard: (error: unknown) => void) {
    this.ctx = ctx;
    this.#unheard = unheard;
  }

  watch(next: () => Promise<void>): () => Promise<void> {
    return () => {
      const underWay = next();
      this.#underWay.push(underWay);
      const continuation = new Continuation((resolve, reject) => underWay.then(resolve, reject));
      if (this.#isFinished) this.#hearLate(continuation, underWay);
      else this.#continuations.push(continuation);
      return continuation;
    };
  }

  /** All middlewares are done: nobody new will wait. */
  finish(): void {
    this.#isFinished = true;
    for (const continuation of this.#continuations) {
      if (!continuation.isHeard) continuation.then(undefined, this.#unheard);
    }
  }

  /** Never rejects. */
  async settle(ended: Promise<void>): Promise<void> {
    await ended.catch(() => {});
    for (let seen = 0; seen < this.#underWay.length; ) {
      seen = this.#underWay.length;
      await Promise.allSettled(this.#underWay);
    }
  }

  /** Its `next()` was called when all had ended: whoever called it may wait for it all the same. */
  #hearLate(continuation: Continuation, underWay: Promise<void>): void {
    underWay.catch((error: unknown) => {
      if (!continuation.isHeard) this.#unheard(error);
    });
  }
}

/** What `next()` gives. Knows whether somebody has waited for it. */
class Continuation extends Promise<void> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  isHeard = false;

  constructor(run: (resolve: () => void, reject: (error: unknown) => void) => void) {
    super(run);
    // A failure that nobody has heard of yet is no reason for the platform to end the process.
    super.then(undefined, () => {});
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise that notes who waits for it
  override then<Fulfilled = void, Rejected = never>(
    onFulfilled?: ((value: Nothing) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: Any) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.isHeard = true;
    return super.then(onFulfilled, onRejected);
  }
}
