/**
 * Timers that keep objects awake, under `DEBUG` alone: who set them, and for how long. They are those of the
 * isolate, which may have several objects: nobody tells whose a timer is.
 */

type Timer = (
  callback: (...args: unknown[]) => void,
  delay?: number,
  ...args: unknown[]
) => unknown;

/** The lines of a stack that are those of the watch itself. */
const OWN_LINES = 2;

/** What pending timers are, by their handles. Undefined while nobody watches. */
let pending: Map<unknown, string> | undefined;

/** From now on timers are watched; once in an isolate. */
export function watchTimers(): void {
  if (pending !== undefined) return;
  const timers = new Map<unknown, string>();
  pending = timers;
  const scope = globalThis as unknown as Record<string, Timer>;
  for (const name of ["setTimeout", "setInterval"]) {
    const set = scope[name] as Timer;
    scope[name] = (callback, delay, ...args) => {
      const run = (...given: unknown[]): void => {
        if (name === "setTimeout") timers.delete(handle);
        callback(...given);
      };
      const handle = set.call(globalThis, run, delay, ...args);
      timers.set(handle, `${name} of ${delay ?? 0} ms, set ${whereFrom(new Error())}`);
      return handle;
    };
  }
  for (const name of ["clearTimeout", "clearInterval"]) {
    const clear = scope[name] as unknown as (handle: unknown) => void;
    (scope as unknown as Record<string, typeof clear>)[name] = (handle) => {
      timers.delete(handle);
      clear.call(globalThis, handle);
    };
  }
}

/** What keeps objects of this isolate awake. Nothing while nobody watches. */
export function pendingTimers(): string[] {
  return [...new Set(pending?.values())];
}

function whereFrom({ stack }: Error): string {
  return (stack?.split("\n")[OWN_LINES] ?? "somewhere").trim();
}
