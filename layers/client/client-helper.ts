/** The client's helper, with the surface of that of `@venizia/ignis-helpers`. */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { callable, type OptionCheck, text } from "../../glue/common/option-checks.ts";
import { checkHelperOptions } from "../auth/helper-options.ts";
import { debugLogger, type Logger, line, loggerCheck } from "../auth/logger.ts";
import {
  type ClientState,
  HelperError,
  isTopic,
  SocketIOClientStates,
  SocketIOConstants,
} from "../auth/protocol.ts";
import { type EventHandler, Subscriptions } from "./subscriptions.ts";

const { UNAUTHORIZED, AUTHENTICATING, AUTHENTICATED } = SocketIOClientStates;
/** The application itself has disconnected. */
const OWN_DISCONNECT = "io client disconnect";

type Callback<Args extends unknown[]> = (...args: Args) => void | Promise<void>;

/** What `SocketIOClientHelper` takes. */
export interface ClientHelperOptions {
  /** Names the helper in the log. */
  identifier: string;
  /** The server's address. */
  host: string;
  /** Those of `socket.io-client`: `path`, `auth`, `extraHeaders`, `transports` and so on. */
  options?: Partial<ManagerOptions & SocketOptions>;
  /** Called whenever a connection is there, before it is authenticated. */
  onConnected?: Callback<[]>;
  /** Called whenever it is gone, with the reason that the stock client gives. */
  onDisconnected?: Callback<[reason: string]>;
  /** Called when no connection can be made. */
  onError?: Callback<[error: Error]>;
  /** Called when the server has let the client in. */
  onAuthenticated?: Callback<[]>;
  /** Called when the server has refused it, with what the server says. */
  onUnauthenticated?: Callback<[message: string]>;
  /** Default: the npm package `debug`, as `dormouse:client:<identifier>`. */
  logger?: Logger;
}

const CHECKS: Record<keyof ClientHelperOptions, OptionCheck> = {
  identifier: text,
  host: text,
  options: { accepts: (value) => typeof value === "object", expectation: "an object" },
  onConnected: callable,
  onDisconnected: callable,
  onError: callable,
  onAuthenticated: callable,
  onUnauthenticated: callable,
  logger: loggerCheck,
};
const REQUIRED = ["identifier", "host"] as const;

/**
 * Connects, authenticates when it is told to, and again by itself when a connection was lost on which it was
 * authenticated.
 *
 * @example
 * const client = new SocketIOClientHelper({
 *   identifier: "page",
 *   host: "https://chat.example.com",
 *   options: { transports: ["websocket"], auth: { token } },
 *   onConnected: () => client.authenticate(),
 *   onAuthenticated: () => client.joinRooms({ rooms: ["music"] }),
 * });
 */
export class SocketIOClientHelper {
  /** Names the helper in the log. */
  readonly identifier: string;
  readonly #options: ClientHelperOptions;
  readonly #log: Logger;
  readonly #socket: Socket;
  readonly #subscriptions: Subscriptions;
  #state: ClientState = UNAUTHORIZED;
  /** Whether its own listeners were taken away. */
  #isShutDown = false;
  /** Whether it was let in, and neither refused nor told to disconnect since. */
  #wasAuthenticated = false;

  /** @throws HelperError for an option that is unknown, missing or of the wrong type */
  constructor(options: ClientHelperOptions) {
    checkHelperOptions("SocketIOClientHelper", CHECKS, REQUIRED, options);
    this.identifier = options.identifier;
    this.#options = options;
    this.#log = options.logger ?? debugLogger("client", options.identifier);
    this.#socket = io(options.host, options.options);
    this.#subscriptions = new Subscriptions(this.#socket, (event, error) =>
      this.#tell("error", "Handler error", { event, error }),
    );
    this.#listen();
  }

  /** How far the client has come. */
  getState(): ClientState {
    return this.#state;
  }

  /** The stock client. */
  getSocketClient(): Socket {
    return this.#socket;
  }

  /** Asks to be let in. Ignored, with a line in the log, unless it is connected and `unauthorized`. */
  authenticate(): void {
    if (!this.#isConnected("authenticate")) return;
    if (this.#state !== UNAUTHORIZED) {
      this.#tell("warn", "Cannot authenticate", { currentState: this.#state });
      return;
    }
    this.#state = AUTHENTICATING;
    this.#socket.emit(SocketIOConstants.EVENT_AUTHENTICATE);
    this.#tell("info", "Authentication requested");
  }

  /** Listens to an event. By default, one that is subscribed to already keeps the handler that it has. */
  subscribe<Data = unknown>(subscription: {
    event: string;
    handler: EventHandler<Data>;
    ignoreDuplicate?: boolean;
  }): void {
    const { event, handler, ignoreDuplicate = true } = subscription;
    if (!handler) {
      this.#tell("warn", "No handler provided", { event });
    } else if (ignoreDuplicate && this.#subscriptions.has(event)) {
      this.#tell("info", "Handler already exists", { event });
    } else {
      this.#subscriptions.add(event, handler);
      this.#tell("info", "Subscribed", { event });
    }
  }

  /** The same as `subscribe`, for several events by their names. */
  subscribeMany(subscriptions: {
    // biome-ignore lint/suspicious/noExplicitAny: handlers say themselves what they take
    events: Record<string, EventHandler<any>>;
    ignoreDuplicate?: boolean;
  }): void {
    const { events, ignoreDuplicate } = subscriptions;
    for (const [event, handler] of Object.entries(events)) {
      this.subscribe({ event, handler, ignoreDuplicate });
    }
  }

  /** Takes back what `subscribe` did: for this handler, or for all of the event's. */
  // biome-ignore lint/suspicious/noExplicitAny: handlers say themselves what they take
  unsubscribe(subscription: { event: string; handler?: EventHandler<any> }): void {
    const { event, handler } = subscription;
    if (!this.#subscriptions.has(event)) {
      this.#tell("info", "No listeners to remove", { event });
      return;
    }
    this.#subscriptions.remove(event, handler);
    this.#tell("info", "Unsubscribed", { event });
  }

  /** The same as `unsubscribe`, for all handlers of several events. */
  unsubscribeMany(subscriptions: { events: string[] }): void {
    for (const event of subscriptions.events) this.unsubscribe({ event });
  }

  /**
   * Sends an event with one argument. `cb` is called once it has been handed over.
   *
   * @throws HelperError while it is not connected, and without a topic
   */
  emit<Data = unknown>(message: {
    topic: string;
    data: Data;
    doLog?: boolean;
    cb?: () => void;
  }): void {
    const { topic, data, doLog = false, cb } = message;
    if (!this.#socket.connected) throw new HelperError("Invalid socket client state to emit");
    if (!isTopic(topic)) throw new HelperError("Topic is required to emit");
    this.#socket.emit(topic, data);
    if (cb) queueMicrotask(() => this.#call("cb", cb));
    if (doLog) this.#tell("info", "Emitted", { topic, data });
  }

  /** Asks to join rooms. Those that the server does not allow are not joined. */
  joinRooms({ rooms }: { rooms: string[] }): void {
    if (!this.#isConnected("join rooms")) return;
    this.#socket.emit(SocketIOConstants.EVENT_JOIN, { rooms });
    this.#tell("info", "Join rooms requested", { rooms });
  }

  /** Asks to leave rooms. */
  leaveRooms({ rooms }: { rooms: string[] }): void {
    if (!this.#isConnected("leave rooms")) return;
    this.#socket.emit(SocketIOConstants.EVENT_LEAVE, { rooms });
    this.#tell("info", "Leave rooms requested", { rooms });
  }

  /** Connects again, after `disconnect` or `shutdown`. After the latter, what was subscribed is to be subscribed anew. */
  connect(): void {
    if (this.#isShutDown) this.#listen();
    this.#socket.connect();
  }

  /** Ends the connection, and with it what it was authenticated for. */
  disconnect(): void {
    this.#socket.disconnect();
  }

  /** Removes all listeners and disconnects, or stops to try. */
  shutdown(): void {
    this.#isShutDown = true;
    this.#subscriptions.clear();
    this.#socket.removeAllListeners();
    this.#socket.disconnect();
    this.#state = UNAUTHORIZED;
    this.#wasAuthenticated = false;
    this.#tell("info", "SocketIO client shutdown complete");
  }

  // --- what comes ----------------------------------------------------------------------------------------

  #listen(): void {
    this.#isShutDown = false;
    const { EVENT_DISCONNECT, EVENT_AUTHENTICATED, EVENT_UNAUTHENTICATE, EVENT_PING } =
      SocketIOConstants;
    this.#socket.on("connect", () => this.#connected());
    this.#socket.on(EVENT_DISCONNECT, (reason) => this.#disconnected(reason));
    this.#socket.on("connect_error", (error) => {
      this.#tell("warn", "Connection error", { error });
      this.#call("onError", () => this.#options.onError?.(error));
    });
    this.#socket.on(EVENT_AUTHENTICATED, (data: unknown) => {
      this.#state = AUTHENTICATED;
      this.#wasAuthenticated = true;
      this.#tell("info", "Authenticated", { data });
      this.#call("onAuthenticated", () => this.#options.onAuthenticated?.());
    });
    this.#socket.on(EVENT_UNAUTHENTICATE, (data?: { message?: string }) => {
      this.#state = UNAUTHORIZED;
      this.#wasAuthenticated = false;
      this.#tell("warn", "Unauthenticated", { data });
      this.#call("onUnauthenticated", () => this.#options.onUnauthenticated?.(data?.message ?? ""));
    });
    this.#socket.on(EVENT_PING, () => this.#tell("debug", "Ping received"));
  }

  #connected(): void {
    this.#tell("info", "Connected");
    this.#call("onConnected", () => this.#options.onConnected?.());
    // The callback may have done it.
    if (this.#wasAuthenticated && this.#state === UNAUTHORIZED) this.authenticate();
  }

  #disconnected(reason: string): void {
    this.#tell("info", "Disconnected", { reason });
    if (reason === OWN_DISCONNECT) this.#wasAuthenticated = false;
    this.#state = UNAUTHORIZED;
    this.#call("onDisconnected", () => this.#options.onDisconnected?.(reason));
  }

  // --- helpers -------------------------------------------------------------------------------------------

  #isConnected(what: string): boolean {
    if (!this.#socket.connected) this.#tell("warn", `Cannot ${what}`, { reason: "not connected" });
    return this.#socket.connected;
  }

  #tell(level: keyof Logger, what: string, values: Record<string, unknown> = {}): void {
    this.#log[level](line(what, { id: this.identifier, ...values }));
  }

  /** Calls a function of the application's; what it throws, or rejects with, is logged. */
  async #call(name: string, fn: () => void | Promise<void>): Promise<void> {
    try {
      await fn();
    } catch (error) {
      this.#tell("error", `${name} callback error`, { error });
    }
  }
}
