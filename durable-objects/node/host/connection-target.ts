/** What connections on Node are led to. */
import type { Runtime } from "../../../glue/engine/runtime.ts";

/** Where connections are: a server, or what puts another in its place when it sleeps. */
export interface Place {
  readonly _runtime: Runtime;
  /** What events have to wait for, while an asynchronous `setup` runs. Rejects if that fails. */
  _ready(): Promise<void> | undefined;
}
