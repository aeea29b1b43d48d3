/** A server in a Durable Object of any class: it handles the object's requests and events. */

import type { Answer } from "../../../glue/adapter/calls/calls.ts";
import { leftOut } from "../../../glue/common/features.ts";
import type { Connection } from "../../../glue/engine/connections/connection.ts";
import type { HandshakeDetails } from "../../../glue/engine/host/host.ts";
import { Runtime } from "../../../glue/engine/runtime/runtime.ts";
import { loadAsyncContext } from "../../../glue/sleep/replay/async-context.ts";
import type { ResolvedOptions } from "../../../glue/socket.io/server/options.ts";
import { Server } from "../../../glue/socket.io/server/server.ts";
import type { Any } from "../../../glue/socket.io/types/typed-events.ts";
import type { SetupContext } from "../create-server/setup-function.ts";
import type { JoinedShard, Shards } from "../create-server/shards-option.ts";
import { diagnosticsPart } from "../diagnostics/diagnostics-part.ts";
import { detailsOf, FetchedRequest } from "../handshake/fetched-request.ts";
import { negotiate } from "../handshake/handshake.ts";
import type { Acceptance, Negotiation } from "../handshake/handshake-checks.ts";
import { handshakePart } from "../handshake/handshake-part.ts";
import { PROTOCOL_HEADER } from "../handshake/subprotocol.ts";
import { makeObjectHost, type ObjectHost } from "../host/object-host.ts";
import { cores } from "../platform/core-module.ts";
import { override } from "../platform/replaced-methods.ts";
import { handleSocketClose, handleSocketError } from "../sockets/close-events.ts";
import { answerClose, reportError } from "../sockets/object-socket.ts";
import { AlarmHandlers } from "./alarm-handlers.ts";
import { claimObject, retirePredecessor } from "./current-servers.ts";
import { EmitterCalls } from "./emitter-calls.ts";
import { InstalledHandlers } from "./installed-handlers.ts";

const WEBSOCKET = "websocket";

/** The handlers that the platform calls. */
export interface EventHandlers {
  fetch(request: Request): unknown;
  webSocketMessage(webSocket: WebSocket, message: string | ArrayBuffer): unknown;
  webSocketClose(webSocket: WebSocket, code: number, reason: string, wasClean: boolean): unknown;
  webSocketError(webSocket: WebSocket, error: unknown): unknown;
  alarm(info?: AlarmInvocationInfo): unknown;
}

/** Those beside `fetch`. */
type OtherHandlers = Omit<EventHandlers, "fetch">;

/** The object that the server is in. */
export interface ServerPlace {
  object: EventHandlers;
  ctx: DurableObjectState;
  env: Any;
  /** Whether the application has alarms of its own, `handlers` being its handlers. */
  hasAlarm: (handlers: OtherHandlers) => boolean;
  /** What has to be done before the first event after a wake; undefined once it is done. */
  prepare?: () => Promise<void> | undefined;
}

export class ObjectServer {
  readonly io: Server<Any, Any, Any, Any>;
  readonly #place: ServerPlace;
  readonly #runtime: Runtime;
  readonly #host: ObjectHost;
  readonly #alarms: AlarmHandlers;
  readonly #handlers: InstalledHandlers<OtherHandlers>;
  /** Undefined if it was left out of the bundle. */
  readonly #emitterCalls: EmitterCalls | undefined;
  /** Undefined if the object is the whole server. */
  readonly #shard: JoinedShard | undefined;

  /** To be made in the object's constructor. */
  constructor(
    place: ServerPlace,
    options: ResolvedOptions,
    setup: (io: Server<Any, Any, Any, Any>, context: SetupContext<Any>) => void | Promise<void>,
    shards?: Shards,
  ) {
    const { object, ctx, env } = place;
    claimObject(ctx);
    this.#place = place;
    const { constructor: ofClass } = object;
    const hasAlarm = place.hasAlarm(Object.getPrototypeOf(object));
    this.#host = makeObjectHost(ctx, options, { ofClass, hasAlarm, debug: env?.DEBUG });
    this.#alarms = new AlarmHandlers(() => this.#host.handleApplicationAlarms());
    const location = shards?._locate(ctx, env);
    const { adapter = options.adapter } = location ?? {};
    this.#runtime = new Runtime(
      this.#host,
      cores,
      adapter === undefined ? options : ({ ...options, adapter } as ResolvedOptions),
    );
    this.#shard = location?.join(this.#runtime);
    if ((typeof DORMOUSE_HANDSHAKE === "undefined" || DORMOUSE_HANDSHAKE) && handshakePart) {
      const { repeatHandshake } = handshakePart;
      this.#runtime.repeatHandshake = (request, repeats) =>
        repeatHandshake(this.#runtime, request, repeats, env, ctx);
    }
    this.#host.serve(this.#runtime);
    this.io = new Server(this.#runtime);
    this.#shard?.serve(this.io);
    if (typeof DORMOUSE_EMITTER === "undefined" || DORMOUSE_EMITTER) {
      this.#emitterCalls = new EmitterCalls(this.io, this.#host.storage, this.#shard?.passOn);
    }
    retirePredecessor(String(ctx.id), this.io);
    this.#handlers = this.#takeEvents();
    if (!this.#host.storage.isLate) this.#host.expectSleepers();
    const context = { ctx, env, name: ctx.id.name, onAlarm: this.#alarms.add };
    ctx.blockConcurrencyWhile(() => this.#start(() => setup(this.io, context)));
  }

  /** The application's code that runs at every start is over. Called by places where that is more than `setup`. */
  endSetup(): void {
    this.io._sleep.endSetup();
  }

  /**
   * Answers a request to the server's path; one of a client that polls when there is something for it. `url`: the
   * request's own, for whoever has it.
   */
  handleRequest(request: Request, url?: string): Response | Promise<Response> {
    const { ctx, env } = this.#place;
    const details = detailsOf(request, url);
    const asked = new FetchedRequest(details, request);
    const handshake = {
      request: asked,
      isUpgrade: details.headers.upgrade?.toLowerCase() === WEBSOCKET,
    };
    const negotiation = negotiate(this.#runtime, handshake, request, env, ctx);
    // Saves a promise for each client where no function of the application is asked.
    if (!(negotiation instanceof Promise)) return this.#answer(request, details, negotiation);
    return negotiation.then((outcome) => this.#answer(request, details, outcome, asked));
  }

  /**
   * Performs the calls of an emitter (`message`: a `CallMessage`, which is checked) on all objects of the server; or
   * those of another object of the server, on this one.
   *
   * @throws TypeError for what is no such message; see `Once` for what was performed before
   */
  async perform(message: unknown): Promise<Answer[]> {
    const shard = this.#shard;
    const isPeers = shard?.isPeers(message) === true;
    const emitterCalls = this.#emitterCalls;
    if (emitterCalls === undefined && !isPeers) {
      throw leftOut("what performs the calls of emitters", "DORMOUSE_EMITTER");
    }
    const checked = isPeers ? undefined : emitterCalls?.check(message);
    return this.#afterPreparation(() => {
      const answers =
        checked === undefined ? shard?.receive(message) : emitterCalls?.perform(checked);
      const resting = this.#host.rest();
      if (resting !== undefined) this.#place.ctx.waitUntil(resting);
      return answers as Promise<Answer[]>;
    });
  }

  /** `asked`: the request as functions of the application saw it, if they did. */
  #answer(
    request: Request,
    details: HandshakeDetails,
    negotiation: Negotiation,
    asked?: FetchedRequest,
  ): Response | Promise<Response> {
    if (negotiation.kind === "answered") {
      const { body, status, headers } = negotiation;
      return new Response(body, { status, headers });
    }
    asked?.release();
    const { polling } = this.#runtime;
    const visitor = { ...negotiation, details, request: asked };
    if (negotiation.isPolling && polling !== undefined) {
      return polling.respond(visitor, request, negotiation.headers);
    }
    const { 0: client, 1: server } = new WebSocketPair();
    const { sid, id } = negotiation;
    const socket = this.#host.accept(server, sid ?? id);
    if (sid !== undefined) {
      polling?.upgrade(sid, server, socket, (connection) => this.#host.bind(socket, connection));
    } else {
      this.#host.bind(socket, this.#runtime.handleOpen(socket, visitor));
    }
    return switchProtocols(client, negotiation);
  }

  /**
   * Everything that may wait begins in here, behind the object's closed gate: what was begun outside of it
   * (a fetch, a timer, an import) could not come in, and the object would wait for ever. Events wait until
   * this is over. If it fails, the platform resets the object, and the next event starts another.
   */
  async #start(setup: () => void | Promise<void>): Promise<void> {
    try {
      await loadAsyncContext();
      this.#handlers.check();
      if (this.#host.storage.isLate) {
        await this.#host.storage.load();
        this.#host.expectSleepers();
        this.#runtime.wakeAll();
      }
      const setting = setup();
      diagnosticsPart?.watchSetup(setting);
      await setting;
      this.#alarms.close();
      if (this.#place.prepare === undefined) this.endSetup();
      await this.#runtime.start();
    } catch (error) {
      reportError(error, "setup failed; the next event starts the object anew");
      throw error;
    }
  }

  /**
   * Sets handlers on the object itself, where the platform looks first. They pass events of WebSockets and alarms that
   * are the application's own on to its handlers. `fetch` may as well be replaced: what does so calls ours.
   */
  #takeEvents(): InstalledHandlers<OtherHandlers> {
    const { object, hasAlarm } = this.#place;
    const host = this.#host;
    const subclass = Object.getPrototypeOf(object) as EventHandlers;
    const runtime = this.#runtime;
    const fetch = (request: Request): unknown => {
      runtime.noteArrival();
      return subclass.fetch.call(object, request);
    };
    override(object, { fetch });
    const handlers: OtherHandlers = {
      webSocketMessage: (webSocket, message) => {
        const connection = host.connectionOf(webSocket);
        if (connection !== undefined) {
          const preparing = this.#place.prepare?.();
          if (preparing !== undefined) {
            return preparing.then(() => object.webSocketMessage(webSocket, message));
          }
          runtime.handleMessage(connection, message);
          return host.rest();
        }
        if (host.owns(webSocket)) return runtime.polling?.receive(webSocket, message);
        return installed.applications.webSocketMessage.call(object, webSocket, message);
      },
      webSocketClose: (webSocket, code, reason, wasClean) =>
        this.#handleEnd(
          webSocket,
          (connection) => {
            handleSocketClose(runtime, webSocket, connection, code, reason);
            host.release(webSocket, () => answerClose(webSocket, code, reason));
          },
          () =>
            installed.applications.webSocketClose.call(object, webSocket, code, reason, wasClean),
        ),
      webSocketError: (webSocket, error) =>
        this.#handleEnd(
          webSocket,
          (connection) => {
            handleSocketError(runtime, webSocket, connection, error);
            host.release(webSocket);
          },
          () => installed.applications.webSocketError.call(object, webSocket, error),
        ),
      alarm: (info) =>
        this.#handleAlarm(info, () => installed.applications.alarm.call(object, info)),
    };
    const installed = new InstalledHandlers<OtherHandlers>(object, handlers, () => {
      if (hasAlarm(installed.applications)) host.handleApplicationAlarms();
    });
    return installed;
  }

  /** A WebSocket has ended: `ours` handles one of the library's, `theirs` another. */
  #handleEnd(
    webSocket: WebSocket,
    ours: (connection: Connection | undefined) => void,
    theirs: () => unknown,
  ): unknown {
    const host = this.#host;
    const connection = host.connectionOf(webSocket);
    if (connection === undefined && !host.owns(webSocket)) {
      host.handleOtherClose(webSocket);
      return theirs();
    }
    return this.#afterPreparation(() => {
      ours(connection);
      return host.rest();
    });
  }

  /** `ringClass` calls the handler of the object's class. */
  async #handleAlarm(
    info: AlarmInvocationInfo | undefined,
    ringClass: () => unknown,
  ): Promise<void> {
    const host = this.#host;
    const preparing = this.#place.prepare?.();
    if (preparing !== undefined) {
      host.noteAlarm();
      await preparing;
    }
    await host.handleAlarm(info, async () => {
      await ringClass();
      await this.#alarms.call(info);
    });
    await host.rest();
  }

  /** Handles an event: at once, unless something has to be prepared first. */
  #afterPreparation<Result>(handle: () => Result): Result | Promise<Awaited<Result>> {
    const preparing = this.#place.prepare?.();
    return preparing === undefined
      ? handle()
      : (preparing.then(handle) as Promise<Awaited<Result>>);
  }
}

/** The answer that opens a WebSocket; `client` is the client's end of it. */
export function switchProtocols(
  client: WebSocket,
  { headers: made, subprotocol }: Acceptance,
): Response {
  const headers = subprotocol === undefined ? made : (made ?? new Headers());
  if (subprotocol !== undefined) headers?.set(PROTOCOL_HEADER, subprotocol);
  return new Response(null, { status: 101, webSocket: client, headers });
}

/** Whether a request wants a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === WEBSOCKET;
}
