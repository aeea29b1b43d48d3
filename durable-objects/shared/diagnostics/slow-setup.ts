/** Says in the log that `setup` takes long, before the platform resets the object for it, which names no `setup`. */
import { isThenable } from "../../../glue/common/values.ts";

/** The platform waits for half as long again, in milliseconds. */
const PATIENCE = 20_000;

/** `setting`: what `setup` has returned, be it what it may: `(io) => io.on(…)` returns the server. */
export function watchSetup(setting: unknown): void {
  if (!isThenable(setting)) return;
  const timer = setTimeout(
    () => console.error("dormouse: setup has not settled in 20 s; after 30 the object is reset"),
    PATIENCE,
  );
  const stop = (): void => clearTimeout(timer);
  setting.then(stop, stop);
}
