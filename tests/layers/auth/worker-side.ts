/** The helper's rules inside of Workers. */
import type { Server } from "../../../glue/socket.io/index.ts";
import { logOf, ruleOf } from "../harness/worker-side.ts";
import { ALL } from "./all.ts";

export { fetchHandler } from "../harness/worker-side.ts";

/** The `setup` of the class. */
export function setUp(io: Server, name: string): void | Promise<void> {
  return ruleOf(ALL, name)?.server(io, logOf(name));
}
