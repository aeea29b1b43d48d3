/** The function that `createServer` is given, where servers are objects with a name. */
import type { Server } from "../../glue/socket.io/server.ts";
import type { EventsMap } from "../../glue/socket.io/typed-events.ts";
import type { ObjectState } from "./platform-types.ts";

/** What `setup` gets beside `io`. */
export interface SetupContext<Env = unknown> {
  /** The object's state: its storage is where to keep what must survive a sleep. */
  ctx: ObjectState;
  env: Env;
  /** The object's name, if it was made from one. */
  name: string | undefined;
}

/**
 * Registers the listeners. Runs whenever the object starts or wakes up. Its first parameter may be typed
 * with the `Server` of any of the package's entries.
 */
export type Setup<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  Env,
> = {
  // A method's parameters are compared both ways: the servers of the entries extend one another.
  setup(
    io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    context: SetupContext<Env>,
  ): void | Promise<void>;
}["setup"];
