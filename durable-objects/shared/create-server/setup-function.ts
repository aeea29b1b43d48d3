/** The function that `createServer` is given, where servers are objects with a name. */
import type { Server } from "../../../glue/socket.io/server/server.ts";
import type { EventsMap } from "../../../glue/socket.io/types/typed-events.ts";
import type { AlarmInfo, ObjectState } from "../platform/global-types.ts";

/** What `setup` gets beside `io`. */
export interface SetupContext<Env = unknown> {
  /** The object's state: its storage is where to keep what must survive a sleep. */
  ctx: ObjectState;
  /** The Worker's bindings and variables. */
  env: Env;
  /** The object's name, if it was made from one. */
  name: string | undefined;
  /**
   * Adds a handler of the application's own alarm (`ctx.storage.setAlarm`), for code that lives in `setup`. It
   * is called behind the class's `alarm()`, if that has one; what it throws makes the platform try again. To
   * be called before the first `await`; throws once `setup` is over.
   *
   * @example
   * createServer((io, { ctx, onAlarm }) => {
   *   onAlarm(() => io.emit("tick"));
   *   io.on("connection", () => ctx.storage.setAlarm(Date.now() + 60_000));
   * });
   */
  onAlarm: OnAlarm;
}

/** Takes a handler of the application's alarm. */
export type OnAlarm = (handler: (info?: AlarmInfo) => unknown) => void;

/**
 * A function that registers the listeners. Its first parameter may be typed with the `Server` of any of the package's
 * entries. `Io`: what it gets.
 */
export type SetupOf<Io, Env> = {
  // A method's parameters are compared both ways: the servers of the entries extend one another.
  setup(io: Io, context: SetupContext<Env>): void | Promise<void>;
}["setup"];

/** Registers the listeners. Runs whenever the object starts or wakes up. */
export type Setup<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  Env,
> = SetupOf<Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>, Env>;
