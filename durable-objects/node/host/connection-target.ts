/** The receiver of a Node connection's events. It outlives servers that are put to sleep. */
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";

/** A server, or the object that replaces it with a new one after a sleep. */
export interface ConnectionTarget {
  readonly _runtime: Runtime;
  /** What events have to wait for, while an asynchronous `setup` runs. Rejects if that fails. */
  _ready(): Promise<void> | undefined;
}
