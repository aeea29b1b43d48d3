/** The function that `createServer` is given, where servers are Durable Objects. */
import type { Server } from "../../glue/socket.io/server.ts";
import type { EventsMap } from "../../glue/socket.io/typed-events.ts";
import type { SetupContext } from "./object-server.ts";

/** Registers the listeners. Runs whenever the object starts or wakes up. */
export type Setup<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  Env,
> = (
  io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  context: SetupContext<Env>,
) => void | Promise<void>;
