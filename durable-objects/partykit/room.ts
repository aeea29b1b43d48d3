/** A server in a PartyKit room: the room's events. */
import type * as Party from "partykit/server";
import type { Connection } from "../../glue/engine/connections/connection.ts";
import { KeptRequest } from "../../glue/engine/handshake/kept-request.ts";
import { RepeatedParts } from "../../glue/engine/handshake/repeated-parts.ts";
import { RequestDetails } from "../../glue/engine/handshake/request-details.ts";
import { NO_STATUS, POLICY_VIOLATION } from "../../glue/engine/host/close-codes.ts";
import { Runtime } from "../../glue/engine/runtime/runtime.ts";
import { loadAsyncContext } from "../../glue/sleep/replay/async-context.ts";
import { NEXT, STATE_PREFIX } from "../../glue/sleep/server-state/state-keys.ts";
import { unkeptOnRequest } from "../../glue/sleep/surroundings/unkept-on-request.ts";
import type { ResolvedOptions } from "../../glue/socket.io/server/options.ts";
import { Server } from "../../glue/socket.io/server/server.ts";
import type { Any } from "../../glue/socket.io/types/typed-events.ts";
import type { OnAlarm } from "../shared/create-server/setup-function.ts";
import { diagnosticsPart } from "../shared/diagnostics/diagnostics-part.ts";
import { checkAgain } from "../shared/handshake/handshake-checks.ts";
import { handshakePart } from "../shared/handshake/handshake-part.ts";
import { TAG } from "../shared/host/object-host.ts";
import { AlarmHandlers } from "../shared/object/alarm-handlers.ts";
import { claimObject, retirePredecessor } from "../shared/object/current-servers.ts";
import { InstalledHandlers } from "../shared/object/installed-handlers.ts";
import { cores } from "../shared/platform/core-module.ts";
import { override } from "../shared/platform/replaced-methods.ts";
import { handleSocketClose, handleSocketError } from "../shared/sockets/close-events.ts";
import { answerClose } from "../shared/sockets/object-socket.ts";
import { type Handshake, isSocketIoUrl, readHandshake } from "./edge.ts";
import { makeRoomHost, type RoomHost } from "./host.ts";

/** The storage key that says that `setup` has alarm handlers. */
const HANDLES_ALARMS = "handles-alarms";

type Message = string | ArrayBuffer | ArrayBufferView;

/** A WebSocket's `readyState`, from which on there is nobody to talk to. */
const CLOSING = 2;
const PAST_THE_EDGE =
  "a client is refused that came past the party's static onBeforeConnect: a subclass that has its own " +
  "must call super.onBeforeConnect(request, lobby, ctx) and return what it gives";

/** PartyKit sends it as the reason of a close, which has 123 bytes. */
const CONTRADICTION =
  "dormouse: hibernate is true among the party's own options, and false among createServer's: leave one out";

export class RoomServer {
  readonly io: Server<Any, Any, Any, Any>;
  readonly #object: Party.Server;
  /** The handlers of the application, which get what is not ours: those of its class, and its fields. */
  readonly #subclass: Party.Server;
  readonly #room: Party.Room;
  readonly #setup: () => void | Promise<void>;
  readonly #runtime: Runtime;
  readonly #host: RoomHost;
  readonly #alarms: AlarmHandlers;
  /** The room's own method, before connections of ours were hidden from it. */
  readonly #allConnections: Party.Room["getConnections"];
  /** The WebSockets that are being opened, and have no attachment yet. */
  readonly #opening = new WeakSet<object>();
  #isAwake = false;
  /** Whether it was reported that a client was refused because it did not come by the edge. */
  #hasRefused = false;
  #waking: Promise<void> | undefined;
  #id: string | undefined;

  /** To be made in the constructor of the room's object. */
  constructor(
    object: Party.Server,
    room: Party.Room,
    options: ResolvedOptions,
    setup: (
      io: Server<Any, Any, Any, Any>,
      room: Party.Room,
      more: { onAlarm: OnAlarm },
    ) => void | Promise<void>,
  ) {
    claimObject(room);
    this.#object = object;
    this.#room = room;
    this.#allConnections = room.getConnections.bind(room);
    const { onAlarm } = Object.getPrototypeOf(object) as Party.Server;
    const hasAlarm = onAlarm !== undefined;
    this.#host = makeRoomHost(room.storage, options, { hasAlarm, debug: room.env.DEBUG });
    this.#runtime = new Runtime(this.#host, cores, options);
    // The edge's part is not here: what functions set there comes as data.
    if (handshakePart !== undefined) {
      const { repeatHandshake } = handshakePart;
      this.#runtime.repeatHandshake = (request) =>
        repeatHandshake(this.#runtime, request, RepeatedParts.middlewares);
    }
    this.#host.serve(this.#runtime);
    this.io = new Server(this.#runtime);
    retirePredecessor(room.internalID, this.io);
    this.#alarms = new AlarmHandlers(() => this.#expectAlarms());
    this.#setup = () => setup(this.io, room, { onAlarm: this.#alarms.add });
    this.#rememberId();
    this.#hideConnections();
    this.#subclass = this.#takeEvents();
  }

  // --- waking up -----------------------------------------------------------------------------------

  /**
   * Before the first event: brings everything back, and begins. `closing` is the connection that is
   * about to be closed, if that is the event.
   */
  #wake(closing?: Party.Connection): Promise<void> {
    this.#waking ??= this.#room.blockConcurrencyWhile(async () => {
      this.#checkOptions();
      await Promise.all([this.#host.storage.load(), loadAsyncContext()]);
      this.#restore(closing);
      const setting = this.#setup();
      diagnosticsPart?.watchSetup(setting);
      await setting;
      this.#alarms.close();
      await this.#runtime.start();
      this.#isAwake = true;
      await this.#subclass.onStart?.call(this.#object);
      this.io._sleep.endSetup();
    });
    return this.#waking;
  }

  /** Refuses a server that lives in memory only in a room that PartyKit lets sleep. */
  #checkOptions(): void {
    const { hibernate: maySleep } = this.#runtime.options;
    if (maySleep || !this.#object.options?.hibernate) return;
    throw new Error(CONTRADICTION);
  }

  #restore(closing?: Party.Connection): void {
    const connections = this.#clients();
    if (closing !== undefined && !connections.includes(closing)) connections.push(closing);
    const [first] = connections;
    if (first !== undefined) this.#learnId(first.uri);
    this.#host.restoreAll(connections);
  }

  /** One that was closing when the room woke up for another event. */
  #restoreLate(connection: Party.Connection): void {
    if (this.#host.restoreAll([connection]) > 0) this.#runtime.start();
  }

  #clients(): Party.Connection[] {
    return [...this.#allConnections(TAG)];
  }

  #owns(connection: Party.Connection): boolean {
    return this.#opening.has(connection) || this.#host.owns(connection);
  }

  // --- events --------------------------------------------------------------------------------------

  /** PartyKit asks the object itself for its handlers: these come before the methods of its class. */
  #takeEvents(): Party.Server {
    const handlers: Party.Server = {
      // Not yet: which connection is about to close is known with the first event.
      onStart: () => {},
      getConnectionTags: (connection, context) => this.#tagsOf(connection, context),
      onConnect: (connection, context) => this.#handleConnect(connection, context),
      onMessage: (message, connection) => {
        if (this.#isAwake) return this.#receive(message, connection);
        return this.#wake().then(() => this.#receive(message, connection));
      },
      onClose: (connection) => this.#handleClose(connection),
      onError: (connection, error) => this.#handleError(connection, error),
      onRequest: (request) => this.#handleRequest(request),
      onAlarm: () => this.#handleAlarm(),
    };
    const installed = new InstalledHandlers(this.#object, handlers, () => {
      if (installed.applications.onAlarm !== undefined) this.#host.handleApplicationAlarms();
    });
    return installed.applications;
  }

  async #tagsOf(connection: Party.Connection, context: Party.ConnectionContext): Promise<string[]> {
    if (readHandshake(context.request as Any) !== undefined) {
      this.#opening.add(connection);
      return [TAG];
    }
    await this.#beforeEvent();
    return (await this.#subclass.getConnectionTags?.call(this.#object, connection, context)) ?? [];
  }

  async #handleConnect(
    connection: Party.Connection,
    context: Party.ConnectionContext,
  ): Promise<void> {
    this.#learnId(context.request.url);
    await this.#beforeEvent();
    if (this.#opening.has(connection)) return this.#open(connection, context.request as Any);
    if (isSocketIoUrl(context.request.url, this.io.path(), this.io.opts))
      return this.#refuse(connection);
    return this.#subclass.onConnect?.call(this.#object, connection, context);
  }

  async #handleClose(connection: Party.Connection): Promise<void> {
    await this.#beforeEvent(connection);
    if (!this.#owns(connection)) return this.#subclass.onClose?.call(this.#object, connection);
    this.#restoreLate(connection);
    const client = this.#host.connectionOf(connection);
    // PartyKit does not tell the code.
    handleSocketClose(this.#runtime, connection, client, NO_STATUS, "");
    this.#host.release(connection, () => answerClose(connection, NO_STATUS, ""));
    await this.#host.rest();
  }

  async #handleError(connection: Party.Connection, error: Error): Promise<void> {
    await this.#beforeEvent(connection);
    if (!this.#owns(connection))
      return this.#subclass.onError?.call(this.#object, connection, error);
    this.#restoreLate(connection);
    handleSocketError(this.#runtime, connection, this.#host.connectionOf(connection), error);
    this.#host.release(connection);
    await this.#host.rest();
  }

  async #handleRequest(request: Party.Request): Promise<Response> {
    this.#learnId(request.url);
    await this.#beforeEvent();
    this.#runtime.noteArrival();
    const handshake = readHandshake(request as Any);
    if (handshake !== undefined) return this.#poll(request as Any, handshake);
    const answer = await this.#subclass.onRequest?.call(this.#object, request);
    return (answer as Response | undefined) ?? new Response("not found", { status: 404 });
  }

  async #handleAlarm(): Promise<void> {
    // The last alarm of a room that all have left: there may be nothing to wake up for.
    const isIdle =
      !this.#isAwake && this.#subclass.onAlarm === undefined && this.#clients().length === 0;
    if (isIdle && !(await this.#expectsAlarms())) return;
    if (!this.#isAwake) this.#host.noteAlarm();
    await this.#beforeEvent();
    this.#host.cleanUp(this.#clients());
    await this.#host.handleAlarm(undefined, async () => {
      await this.#subclass.onAlarm?.call(this.#object);
      await this.#alarms.call(undefined);
    });
    await this.#host.rest();
  }

  #beforeEvent(closing?: Party.Connection): Promise<void> | undefined {
    return this.#isAwake ? undefined : this.#wake(closing);
  }

  /**
   * A client whose handshake the edge has accepted. Middlewares of the room's `io.engine` come only now:
   * they may refuse, but their headers have nowhere to go.
   */
  async #open(connection: Party.Connection, request: Request): Promise<void> {
    const handshake = readHandshake(request);
    if (handshake === undefined) return;
    const asked = requestOf(handshake);
    if ((await handshakePart?.passMiddlewares(this.#runtime, asked)) === false) {
      connection.close(POLICY_VIOLATION, "refused by a middleware");
      return;
    }
    if (connection.readyState >= CLOSING) return;
    // Newer compatibility dates hand binary messages over as Blobs.
    (connection as { binaryType?: string }).binaryType = "arraybuffer";
    const { details, protocol, id, sid } = handshake;
    const socket = this.#host.accept(connection, sid ?? id);
    if (sid !== undefined) {
      if (checkAgain(this.#runtime, { request: asked, isUpgrade: true })) {
        socket.close(POLICY_VIOLATION, "no such session");
      } else {
        const bind = (client: Connection) => this.#host.bind(socket, client);
        this.#runtime.polling?.upgrade(sid, connection, socket, bind);
      }
      return;
    }
    const repeats = this.#repeatsOf(asked);
    const opening = { id, protocol, details, request: asked, repeats };
    const client = this.#runtime.handleOpen(socket, opening);
    this.#host.bind(socket, client);
  }

  /** A request of a client that polls, which the edge has let pass; it does not know the sessions. */
  async #poll(request: Request, handshake: Handshake): Promise<Response> {
    const asked = requestOf(handshake);
    const { sid, id, protocol, details } = handshake;
    const { polling } = this.#runtime;
    const hasPassed = await handshakePart?.passMiddlewares(this.#runtime, asked);
    if (hasPassed === false || polling === undefined) {
      return new Response("refused by a middleware", { status: 400 });
    }
    const refusal =
      sid === undefined
        ? undefined
        : checkAgain(this.#runtime, { request: asked, isUpgrade: false });
    if (refusal !== undefined) return new Response(refusal.body, refusal);
    const repeats = this.#repeatsOf(asked);
    return polling.respond({ sid, id, protocol, details, request: asked, repeats }, request);
  }

  /** What has to run again after a sleep for a request that has passed the middlewares here. */
  #repeatsOf(request: KeptRequest): number {
    const hasLeft = unkeptOnRequest(request, this.#runtime.host).length > 0;
    return hasLeft ? RepeatedParts.middlewares : RepeatedParts.none;
  }

  /**
   * A client of ours that did not come by the edge, where handshakes are checked: a subclass has an
   * `onBeforeConnect` that does not call this class's.
   */
  #refuse(connection: Party.Connection): void {
    if (!this.#hasRefused) console.error(`dormouse: handshake: ${PAST_THE_EDGE}`);
    this.#hasRefused = true;
    connection.close(POLICY_VIOLATION, "the handshake was not checked");
  }

  #receive(message: Message, connection: Party.Connection): void | Promise<void> {
    const client = this.#host.connectionOf(connection);
    if (client !== undefined) {
      this.#runtime.handleMessage(client, message as string | ArrayBuffer);
      return this.#host.rest() as Promise<void> | undefined;
    }
    if (this.#owns(connection)) return this.#runtime.polling?.receive(connection, message);
    return this.#subclass.onMessage?.call(this.#object, message, connection);
  }

  /** `setup` has handlers of alarms, for which the room has to wake up. */
  #expectAlarms(): void {
    const { storage } = this.#host;
    if (storage.get(HANDLES_ALARMS) === undefined) storage.put(HANDLES_ALARMS, true);
    storage.onLoss(() => storage.put(HANDLES_ALARMS, true));
    this.#host.handleApplicationAlarms();
  }

  /** Whether `setup` has anything to do with an alarm, as far as the storage tells. */
  async #expectsAlarms(): Promise<boolean> {
    const { storage } = this.#host;
    await storage.load();
    return [HANDLES_ALARMS, STATE_PREFIX + NEXT].some((key) => storage.get(key) !== undefined);
  }

  // --- the room ------------------------------------------------------------------------------------

  /** In an alarm, and in a room that one woke, PartyKit does not know the room's id; its connections do. */
  #rememberId(): void {
    const room = this.#room;
    const original = Object.getOwnPropertyDescriptor(room, "id");
    Object.defineProperty(room, "id", {
      configurable: true,
      enumerable: true,
      get: () => (this.#id ??= original?.get ? original.get.call(room) : original?.value),
    });
  }

  #learnId(url: string): void {
    const [, first, second, third] = new URL(url).pathname.split("/");
    this.#id ??= first === "party" ? second : third;
  }

  /** What the application sends to its connections must not get to ours. */
  #hideConnections(): void {
    const room = this.#room;
    const ofApplication = (tag?: string) => {
      return [...this.#allConnections(tag)].filter((connection) => !this.#owns(connection));
    };
    const getConnection = room.getConnection.bind(room);
    const methods = {
      getConnections: (tag?: string) => ofApplication(tag).values(),
      getConnection: (id: string) => {
        const connection = getConnection(id);
        return connection && this.#owns(connection) ? undefined : connection;
      },
      broadcast: (message: Message, without: string[] = []) => {
        for (const connection of ofApplication()) {
          if (!without.includes(connection.id)) connection.send(message);
        }
      },
    };
    override(room, methods);
    // Deprecated, and there all the same.
    const connections = () => new Map([...ofApplication()].map((one) => [one.id, one]));
    Object.defineProperty(room, "connections", { configurable: true, get: connections });
  }
}

/** The request as the client sent it, and as functions at the edge have changed it. */
function requestOf({ details, own }: Handshake): KeptRequest {
  return Object.assign(new KeptRequest(new RequestDetails(details)), own);
}
