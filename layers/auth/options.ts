/** The options of the server's helper. */

import { callable, having, type OptionCheck, text } from "../../glue/common/option-checks.ts";
import type { DefaultEventsMap, EventsMap, Server, Socket } from "../../glue/socket.io/index.ts";
import { checkHelperOptions } from "./helper-options.ts";
import { type Logger, loggerCheck } from "./logger.ts";
import { SocketIOConstants } from "./protocol.ts";

// biome-ignore lint/suspicious/noExplicitAny: what applications declare must be assignable both ways
export type Any = any;
/** A server, whatever its events and data are. */
export type AnyServer = Server<Any, Any, Any, Any>;
/** A socket, whatever its events and data are. */
export type AnySocket = Socket<Any, Any, Any, Any>;

/** What of it the functions of the application get. */
type SocketOf<L extends EventsMap, E extends EventsMap, S extends EventsMap, Data> = {
  /** The client. */
  socket: Socket<L, E, S, Data>;
};

/** What `SocketIOServerHelper` takes. */
export interface ServerHelperOptions<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
> {
  /** The server: what `setup` is given, or what `new Server(…)` made on Node. */
  io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** Names the helper in the log. */
  identifier: string;
  /**
   * Whether this client may come in. What it throws, or rejects with, is logged and counts as a refusal.
   * What it finds out can be left in `socket.data`.
   *
   * @example
   * authenticateFn: async ({ auth }, { socket }) => {
   *   socket.data.user = await verify(auth.token);
   *   return socket.data.user !== undefined;
   * },
   */
  authenticateFn(
    handshake: Socket["handshake"],
    more: SocketOf<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ): boolean | Promise<boolean>;
  /** Which of the rooms that it asks for a client may join. Without it, no client joins any. */
  validateRoomFn?(
    request: SocketOf<ListenEvents, EmitEvents, ServerSideEvents, SocketData> & {
      rooms: string[];
    },
  ): string[] | Promise<string[]>;
  /**
   * The client is authenticated: the place for its listeners. After a sleep it is called again, as part of
   * the replay of connection listeners, with `restored: true`; what it emits, joins and writes to
   * `socket.data` is dropped then, for it has happened already.
   */
  clientConnectedFn?(
    client: SocketOf<ListenEvents, EmitEvents, ServerSideEvents, SocketData> & {
      restored: boolean;
    },
  ): void | Promise<void>;
  /** Rooms that whoever is authenticated joins. Default: `["io-default", "io-notification"]`. */
  defaultRooms?: readonly string[];
  /**
   * How long a client may be connected without being authenticated, in milliseconds. `Infinity`: for
   * ever. Default: 10 seconds.
   */
  authenticateTimeout?: number;
  /**
   * How often authenticated clients get a `ping` event, in milliseconds: one timer for all of them. 0, the
   * default: never, for Engine.IO's heartbeat finds lost clients.
   */
  pingInterval?: number;
  /** Default: the npm package `debug`, as `dormouse:auth:<identifier>`. */
  logger?: Logger;
}

const DEFAULTS = {
  authenticateTimeout: 10_000,
  pingInterval: 0,
  defaultRooms: [SocketIOConstants.ROOM_DEFAULT, SocketIOConstants.ROOM_NOTIFICATION],
} as const;

/** More does not fit a date. */
const MAX_DURATION = 2 ** 32 - 1;

const duration: OptionCheck = {
  accepts: (value) =>
    typeof value === "number" && value >= 0 && (value <= MAX_DURATION || value === Infinity),
  expectation: "milliseconds, or Infinity",
};

const CHECKS: Record<keyof ServerHelperOptions, OptionCheck> = {
  io: having(["on", "disconnectSockets"], "a server"),
  identifier: text,
  authenticateFn: callable,
  validateRoomFn: callable,
  clientConnectedFn: callable,
  defaultRooms: { accepts: isListOfNames, expectation: "an array of strings that are not empty" },
  authenticateTimeout: duration,
  pingInterval: duration,
  logger: loggerCheck,
};
const REQUIRED = ["io", "identifier", "authenticateFn"] as const;
/** Options of the original helper for Node servers that have no use here. */
const NOT_NEEDED = ["runtime", "server", "engine", "serverOptions", "redisConnection"];

/** The options with the defaults filled in. */
export type Settings = Required<
  Pick<ServerHelperOptions, "authenticateTimeout" | "pingInterval" | "defaultRooms">
> &
  Pick<
    ServerHelperOptions<Any, Any, Any, Any>,
    "io" | "identifier" | "authenticateFn" | "validateRoomFn" | "clientConnectedFn"
  >;

/**
 * Checks the options and adds the defaults.
 *
 * @throws HelperError that names the option
 */
export function readOptions(
  options: ServerHelperOptions<Any, Any, Any, Any>,
  warn: (message: string) => void,
): Settings {
  const needed = Object.entries(options ?? {}).filter(([name]) => {
    if (NOT_NEEDED.includes(name))
      warn(`the option ${name} is not needed here: the server is \`io\``);
    return !NOT_NEEDED.includes(name);
  });
  checkHelperOptions("SocketIOServerHelper", CHECKS, REQUIRED, Object.fromEntries(needed));
  const { authenticateTimeout, pingInterval, defaultRooms, ...rest } = options;
  return {
    ...rest,
    authenticateTimeout: authenticateTimeout ?? DEFAULTS.authenticateTimeout,
    pingInterval: pingInterval ?? DEFAULTS.pingInterval,
    defaultRooms: defaultRooms ?? DEFAULTS.defaultRooms,
  };
}

/** Whether this is an array of strings that can be rooms. */
export function isListOfNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string" && name.length > 0);
}
