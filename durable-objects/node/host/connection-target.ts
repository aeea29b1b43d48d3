/** Whom a connection on Node tells of what comes. It outlives servers that are put to sleep. */
import type { Runtime } from "../../../glue/engine/runtime/runtime.ts";

/** Where connections are: a server, or what puts another in its place when it sleeps. */
export interface ConnectionTarget {
  readonly _runtime: Runtime;
  /** What events have to wait for, while an asynchronous `setup` runs. Rejects if that fails. */
  _ready(): Promise<void> | undefined;
}
