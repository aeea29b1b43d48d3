/** The options of the server's helper. */
import type { DefaultEventsMap, EventsMap, Server, Socket } from "../../glue/socket.io/index.ts";
import type { Logger } from "./logger.ts";
import { HelperError, SocketIOConstants } from "./protocol.ts";

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

const KNOWN = [
  "io",
  "identifier",
  "authenticateFn",
  "validateRoomFn",
  "clientConnectedFn",
  "defaultRooms",
  "authenticateTimeout",
  "pingInterval",
  "logger",
];
/** What the helper of Node servers needs, and is found otherwise here. */
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
  for (const name of Object.keys(options)) {
    if (NOT_NEEDED.includes(name))
      warn(`the option ${name} is not needed here: the server is \`io\``);
    else if (!KNOWN.includes(name)) throw new HelperError(`unknown option: ${name}`, 500);
  }
  const { authenticateTimeout, pingInterval, defaultRooms, ...rest } = options;
  const settings: Settings = {
    ...rest,
    authenticateTimeout: authenticateTimeout ?? DEFAULTS.authenticateTimeout,
    pingInterval: pingInterval ?? DEFAULTS.pingInterval,
    defaultRooms: defaultRooms ?? DEFAULTS.defaultRooms,
  };
  const { io, identifier, authenticateFn } = settings;
  if (typeof io?.on !== "function") throw mustBe("io", "a server");
  if (typeof identifier !== "string") throw mustBe("identifier", "a string");
  if (typeof authenticateFn !== "function") throw mustBe("authenticateFn", "a function");
  for (const name of ["validateRoomFn", "clientConnectedFn"] as const) {
    if (!["function", "undefined"].includes(typeof settings[name]))
      throw mustBe(name, "a function");
  }
  for (const name of ["authenticateTimeout", "pingInterval"] as const) {
    const isDuration = typeof settings[name] === "number" && settings[name] >= 0;
    if (!isDuration) throw mustBe(name, "milliseconds");
  }
  if (!isListOfNames(settings.defaultRooms)) throw mustBe("defaultRooms", "an array of strings");
  return settings;
}

function mustBe(name: string, what: string): HelperError {
  return new HelperError(`the option ${name} must be ${what}`, 500);
}

/** Whether this is an array of strings that can be rooms. */
export function isListOfNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string" && name.length > 0);
}
