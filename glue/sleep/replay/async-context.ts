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

/** Looks for the class. To be awaited before `sharedAsyncContext`. */
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

let shared: AsyncContext<unknown> | undefined;

/**
 * The same for all who ask, as what they keep there. Node remembers each that was ever used wherever it was, so one for
 * each server would slow a process down that makes many. Undefined if the platform has none, or nobody has loaded it.
 */
export function sharedAsyncContext<T>(): AsyncContext<T> | undefined {
  shared ??= found ? new found() : undefined;
  return shared as AsyncContext<T> | undefined;
}

function findBuiltin(): Constructor | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => AsyncHooks | undefined };
  };
  return process?.getBuiltinModule?.(MODULE)?.AsyncLocalStorage;
}
