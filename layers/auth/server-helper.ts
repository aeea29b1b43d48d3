/** The server's helper: authentication, rooms and topics, in the manner of `@venizia/ignis-helpers`. */
import type { DefaultEventsMap, EventsMap, Server, Socket } from "../../glue/socket.io/index.ts";
import { Authentication } from "./authentication.ts";
import { isAuthenticated, recordOf } from "./client-record.ts";
import { debugLogger, type Logger, line } from "./logger.ts";
import {
  type Any,
  type AnyServer,
  type AnySocket,
  readOptions,
  type ServerHelperOptions,
  type Settings,
} from "./options.ts";
import { Pings, pingPayload } from "./pings.ts";
import { type ClientState, HelperError, isTopic, SocketIOConstants } from "./protocol.ts";
import { listenForRooms } from "./rooms.ts";

const { EVENT_CONNECT, EVENT_DISCONNECT, EVENT_PING, EVENT_AUTHENTICATED } = SocketIOConstants;

/** A client as it is at the moment in which it is asked for. */
export interface HelperClient<ClientSocket = Socket> {
  /** As `socket.id`. */
  readonly id: string;
  /** Its socket. */
  readonly socket: ClientSocket;
  /** How far it has come. */
  readonly state: ClientState;
}

/** What `send` sends, and to whom. */
export interface Message<EmitEvents extends EventsMap, Topic extends keyof EmitEvents & string> {
  /**
   * A room, the id of a client, or several of them. Left out or empty (`null`, `""`, `[]`), as in the original: all that
   * are connected, authenticated or not. So a list that may turn out empty, and what a client has chosen, is to be
   * looked at before.
   */
  destination?: string | string[] | null;
  /** The name of the event, and its one argument. */
  payload: { topic: Topic; data: Parameters<EmitEvents[Topic]>[0] };
  /** Whether it is told in the log. */
  doLog?: boolean;
  /** Called once it has been sent. */
  cb?: () => void;
}

/**
 * Lets clients in that `authenticateFn` knows, and no others; lets them join rooms that `validateRoomFn`
 * allows. To be made in `setup`, and configured there.
 *
 * @example
 * export class Chat extends createServer((io, { env }) => {
 *   const helper = new SocketIOServerHelper({
 *     io,
 *     identifier: "chat",
 *     authenticateFn: ({ auth }) => verify(auth.token, env.SECRET),
 *     validateRoomFn: ({ socket, rooms }) => rooms.filter((room) => mayRead(socket, room)),
 *     clientConnectedFn: ({ socket }) => {
 *       socket.on("say", (text) => helper.send({ payload: { topic: "said", data: text } }));
 *     },
 *   });
 *   return helper.configure();
 * }) {}
 */
export class SocketIOServerHelper<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
> {
  /** Names the helper in the log. */
  readonly identifier: string;
  readonly #io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  readonly #settings: Settings;
  readonly #log: Logger;
  readonly #authentication: Authentication;
  readonly #pings: Pings;
  /** Functions that let the object sleep again once a client's `clientConnectedFn` has ended, by the client's id. */
  readonly #goingOn = new Map<string, () => void>();
  #isConfigured = false;

  /** @throws HelperError for an option that is unknown, missing or of the wrong type */
  constructor(
    options: ServerHelperOptions<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ) {
    this.#log = options.logger ?? debugLogger("auth", String(options.identifier));
    this.#settings = readOptions(options, (message) => this.#log.warn(message));
    this.identifier = options.identifier;
    this.#io = options.io;
    this.#authentication = new Authentication(this.#settings, this.#log, {
      admit: (socket) => this.#admit(socket),
      disconnect: (socket) => this.#disconnect(socket),
    });
    this.#pings = new Pings(options.io as AnyServer, this.#settings.pingInterval);
  }

  /** Begins to take clients. To be called once, in `setup`. */
  async configure(): Promise<void> {
    if (this.#isConfigured) {
      this.#log.info(line("Configured already", { identifier: this.identifier }));
      return;
    }
    this.#isConfigured = true;
    const io = this.#io as AnyServer;
    io.on(EVENT_CONNECT, (socket) => this.#connected(socket));
    this.#authentication.resume();
    this.#log.info(line("SocketIO Server READY", { identifier: this.identifier }));
  }

  /** The server. */
  getIOServer(): Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.#io;
  }

  /** All clients by id, or the one of this id, if it is connected. */
  getClients(which: {
    id: string;
  }): HelperClient<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> | undefined;
  getClients(): Map<
    string,
    HelperClient<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>
  >;
  getClients(which?: { id?: string }): Any {
    const { sockets } = (this.#io as AnyServer).sockets;
    if (which?.id) return clientOf(sockets.get(which.id));
    const clients = new Map<string, HelperClient<AnySocket>>();
    for (const [id, socket] of sockets) {
      const client = clientOf(socket);
      if (client !== undefined) clients.set(id, client);
    }
    return clients;
  }

  /**
   * Listens to an event of the server (`connection`, and what other servers emit with `serverSideEmit`).
   * What clients send is heard by listeners of their sockets: see `clientConnectedFn`.
   *
   * @throws HelperError without a topic or a handler, and before `configure()`
   */
  on<Args extends unknown[] = Any[]>(listener: {
    topic: string;
    handler: (...args: Args) => unknown;
  }): void {
    const { topic, handler } = listener;
    if (!topic) throw new HelperError("[on] Invalid topic to start binding handler");
    if (!handler) throw new HelperError(`[on] Invalid event handler | topic: ${topic}`);
    if (!this.#isConfigured) throw new HelperError("[on] IOServer is not initialized yet!");
    (this.#io as AnyServer).on(topic, handler as Any);
  }

  /**
   * Sends an event to a room, to a client, or, where `destination` is left out or empty, to all that are connected: with
   * several objects, to theirs as well.
   *
   * @example
   * helper.send({ destination: "io-notification", payload: { topic: "news", data: { text: "hi" } } });
   */
  send<Topic extends keyof EmitEvents & string>(message: Message<EmitEvents, Topic>): void {
    const { destination, payload, doLog, cb } = message;
    // Clients end their connection when they get an event whose name is no text.
    if (!isTopic(payload?.topic) || payload.data === undefined) {
      this.#log.warn(line("Nothing to send", { topic: payload?.topic }));
      return;
    }
    const { topic, data } = payload;
    const to = destination ?? [];
    // What is empty means everybody, as in the original; what is no room at all must not.
    if (typeof to !== "string" && !isListOfStrings(to)) {
      this.#log.warn(line("Destination is not a room, nor a list of them", { topic, destination }));
      return;
    }
    const everyone = (this.#io as AnyServer).compress(true);
    const isForSome = to.length > 0;
    (isForSome ? everyone.to(to) : everyone).emit(topic, data);
    if (cb) queueMicrotask(() => this.#call("cb", cb));
    const told = isForSome ? to : "all";
    if (doLog) this.#log.info(line("Message emitted", { destination: told, topic, data }));
  }

  /** Sends a `ping` to a client; one that is not authenticated is disconnected, unless `doIgnoreAuth`. */
  ping(which: {
    socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
    doIgnoreAuth?: boolean;
  }): void {
    const socket = which.socket as AnySocket | undefined;
    const record = socket && recordOf(socket);
    if (socket === undefined || record === undefined || !socket.connected) {
      this.#log.info(line("Client not found", { id: socket?.id }));
    } else if (!which.doIgnoreAuth && !isAuthenticated(socket)) {
      this.#log.info(line("Client is not authenticated", { id: socket.id, state: record.state }));
      this.#disconnect(socket);
    } else {
      socket.emit(EVENT_PING, pingPayload());
    }
  }

  /** Disconnects a client. */
  disconnect(which: {
    socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  }): void {
    if (which.socket) this.#disconnect(which.socket as AnySocket);
  }

  /** Disconnects all clients and closes the server. */
  async shutdown(): Promise<void> {
    this.#log.info("Shutting down SocketIO server...");
    this.#authentication.close();
    this.#pings.stop();
    this.#io.disconnectSockets();
    await this.#io.close();
    this.#log.info("SocketIO server shutdown complete");
  }

  // --- a client's way ------------------------------------------------------------------------------------

  /** Runs again after a sleep, in a replay: then its record is there already. */
  #connected(socket: AnySocket): Promise<void> | undefined {
    const isKnown = recordOf(socket) !== undefined;
    if (!isKnown) {
      this.#log.info(line("New connection request", { id: socket.id }));
      this.#authentication.begin(socket);
    }
    this.#authentication.listen(socket);
    listenForRooms(socket, this.#settings, this.#log);
    socket.on(EVENT_DISCONNECT, () => this.#settled(socket.id));
    if (!isAuthenticated(socket)) return undefined;
    // A failure is for the server to handle: without its listeners the client had better come back.
    return Promise.resolve(this.#settings.clientConnectedFn?.({ socket, restored: true }));
  }

  #admit(socket: AnySocket): void {
    const { id } = socket;
    this.ping({ socket, doIgnoreAuth: true });
    socket.join([...this.#settings.defaultRooms]);
    this.#pings.start();
    const data = { id, time: new Date().toISOString() };
    socket.emit(EVENT_AUTHENTICATED, data);
    this.#log.info(line("Client connected", { id, identifier: this.identifier, time: data.time }));
    const { clientConnectedFn } = this.#settings;
    if (clientConnectedFn === undefined) return;
    // After a sleep it would be called again, and the rest of what it does dropped, as if it had been done.
    this.#goingOn.set(id, this.#io.keepAwake(`clientConnectedFn of client ${id} goes on`));
    this.#call("clientConnectedFn", () =>
      socket.registersAgain(() => clientConnectedFn({ socket, restored: false })),
    ).then(() => this.#settled(id));
  }

  /** A client's `clientConnectedFn` has ended, or the client has left. */
  #settled(id: string): void {
    this.#goingOn.get(id)?.();
    this.#goingOn.delete(id);
  }

  #disconnect(socket: AnySocket): void {
    this.#log.info(line("Client disconnected", { id: socket.id, time: new Date().toISOString() }));
    socket.disconnect();
  }

  /** Calls a function of the application's; what it throws, or rejects with, is logged. */
  async #call(name: string, fn: () => unknown): Promise<void> {
    try {
      await fn();
    } catch (error) {
      this.#log.error(line(`${name} failed`, { error }));
    }
  }
}

function isListOfStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function clientOf(socket: AnySocket | undefined): HelperClient<AnySocket> | undefined {
  const record = socket && recordOf(socket);
  return record && { id: socket.id, socket, state: record.state };
}
