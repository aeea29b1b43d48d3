/**
 * `AsyncLocalStorage`, where the platform has one: on Node, and in Workers with the compatibility flag
 * `nodejs_als` or `nodejs_compat`. A static import would keep Workers without the flag from starting.
 */

/** As much of `AsyncLocalStorage` as is needed here. */
export interface AsyncContext<T> {
  /** Runs `body` so that `getStore` answers `store` in it, and in what follows from it later. */
  run<Result>(store: T, body: () => Result): Result;
  getStore(): T | undefined;
}

type Constructor = new () => AsyncContext<unknown>;

interface AsyncHooks {
  AsyncLocalStorage?: Constructor;
}

const MODULE = ["node", "async_hooks"].join(":");

/** `null`: there is none; undefined: nobody has looked yet. */
let found: Constructor | null | undefined = findBuiltin();

/** Looks for the class. To be awaited before `makeAsyncContext`. */
export async function loadAsyncContext(): Promise<void> {
  if (found !== undefined) return;
  try {
    // Each caller imports for itself: in a Worker, a promise of another object may never resolve.
    const { AsyncLocalStorage } = (await import(MODULE)) as AsyncHooks;
    found = AsyncLocalStorage ?? null;
  } catch {
    found = null;
  }
}

/** Undefined if the platform has none, or nobody has loaded it. */
export function makeAsyncContext<T>(): AsyncContext<T> | undefined {
  return found ? (new found() as AsyncContext<T>) : undefined;
}

function findBuiltin(): Constructor | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => AsyncHooks | undefined };
  };
  return process?.getBuiltinModule?.(MODULE)?.AsyncLocalStorage;
}
