/** The package's entry for Cloudflare Workers: servers that are Durable Objects. */
import { DurableObject } from "cloudflare:workers";
import { hasLookedForAsyncContext, loadAsyncContext } from "../glue/async-context.ts";
import { type ResolvedOptions, resolveOptions, type ServerOptions } from "../glue/options.ts";
import { Runtime } from "../glue/runtime.ts";
import { Server } from "../glue/server.ts";
import type { Any, DefaultEventsMap, EventsMap } from "../glue/typed-events.ts";
import { detailsOf, FetchedRequest } from "./fetched-request.ts";
import { isUnderPath, negotiate } from "./http.ts";
import { answerClose, ObjectHost, WakefulHost } from "./object-host.ts";
import module from "./wasm-workerd.ts";

export * from "../glue/index.ts";
export type { Server } from "../glue/server.ts";

/** What `setup` gets beside `io`. */
export interface SetupContext<Env = unknown> {
  /** The object's state: its storage is where to keep what must survive a sleep. */
  ctx: DurableObjectState;
  env: Env;
  /** The object's name, if it was made from one. */
  name: string | undefined;
}

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

/**
 * The class that `createServer` makes. A subclass may have WebSockets and alarms of its own: its
 * handlers get what belongs to them and nothing of ours, and need not call `super`.
 */
export interface ServerObject<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
  Env = unknown,
> extends DurableObject<Env> {
  readonly io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  fetch(request: Request): Promise<Response>;
  webSocketMessage(webSocket: WebSocket, message: string | ArrayBuffer): void | Promise<void>;
  webSocketClose(
    webSocket: WebSocket,
    code: number,
    reason: string,
    wasClean: boolean,
  ): void | Promise<void>;
  webSocketError(webSocket: WebSocket, error: unknown): void | Promise<void>;
  alarm(info?: AlarmInvocationInfo): void | Promise<void>;
}

/**
 * Makes a Durable Object class that is a Socket.IO server. Bind it in the Worker's configuration and
 * lead requests to it with `routeSocketIO`.
 */
export function createServer<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
  Env = Any,
>(
  setup: Setup<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>,
): new (
  ctx: DurableObjectState,
  env: Env,
) => ServerObject<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>;
export function createServer<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
  Env = Any,
>(
  options: ServerOptions,
  setup: Setup<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>,
): new (
  ctx: DurableObjectState,
  env: Env,
) => ServerObject<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>;
export function createServer(
  first: ServerOptions | Setup<Any, Any, Any, Any, Any>,
  second?: Setup<Any, Any, Any, Any, Any>,
): new (
  ctx: DurableObjectState,
  env: Any,
) => ServerObject<Any, Any, Any, Any, Any> {
  const setup = typeof first === "function" ? first : second;
  if (typeof setup !== "function") throw new TypeError("dormouse: createServer needs a function");
  const options = resolveOptions(typeof first === "function" ? {} : first);
  return class extends SocketIoObject {
    constructor(ctx: DurableObjectState, env: Any) {
      super(ctx, env, options, setup as Setup<Any, Any, Any, Any, Any>);
    }
  };
}

class SocketIoObject extends DurableObject<Any> implements ServerObject<Any, Any, Any, Any, Any> {
  readonly io: Server<Any, Any, Any, Any>;
  readonly #runtime: Runtime;
  readonly #host: ObjectHost | WakefulHost;

  constructor(
    ctx: DurableObjectState,
    env: Any,
    options: ResolvedOptions,
    setup: Setup<Any, Any, Any, Any, Any>,
  ) {
    super(ctx, env);
    const { prototype } = SocketIoObject;
    const hasAlarm = this.alarm !== prototype.alarm;
    this.#host = options.hibernate ? new ObjectHost(ctx, hasAlarm, env?.DEBUG) : new WakefulHost();
    this.#runtime = new Runtime(this.#host, module, options);
    this.io = new Server(this.#runtime);
    const restored = this.#host instanceof ObjectHost ? this.#host.restoreAll(this.#runtime) : 0;
    if (this.#host instanceof WakefulHost) this.#host.runtime = this.#runtime;
    else this.#takeEvents(this.#host);
    const ready = setup(this.io, { ctx, env, name: ctx.id.name });
    // What replays need is looked for before there may be one.
    const isPrepared = restored === 0 || hasLookedForAsyncContext();
    if (ready === undefined && isPrepared) this.#runtime.start();
    else ctx.blockConcurrencyWhile(() => this.#startAfter(ready));
  }

  override async fetch(request: Request): Promise<Response> {
    if (!isUnderPath(new URL(request.url).pathname, this.io.path())) {
      return new Response("not found", { status: 404 });
    }
    const details = detailsOf(request);
    const isUpgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    const negotiation = await negotiate(
      this.#runtime,
      new FetchedRequest(details, request),
      isUpgrade,
      request,
      this.env,
      this.ctx,
    );
    const { headers } = negotiation;
    if (negotiation.kind === "answered") {
      return new Response(negotiation.body, { status: negotiation.status, headers });
    }
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    const socket = this.#host.accept(server);
    const { protocol, id } = negotiation;
    const connection = this.#runtime.handleOpen(socket, details, protocol, id);
    this.#host.bind(socket, connection);
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /** For WebSockets of a subclass. */
  override webSocketMessage(_webSocket: WebSocket, _message: string | ArrayBuffer): void {}

  /** For WebSockets of a subclass. */
  override webSocketClose(
    _webSocket: WebSocket,
    _code: number,
    _reason: string,
    _wasClean: boolean,
  ): void {}

  /** For WebSockets of a subclass. */
  override webSocketError(_webSocket: WebSocket, _error: unknown): void {}

  /** For alarms of a subclass. */
  override alarm(_info?: AlarmInvocationInfo): void {}

  async #startAfter(ready: Promise<void> | void): Promise<void> {
    // Not before the object blocks: a module that is on its way then never arrives.
    await loadAsyncContext();
    await ready;
    this.#runtime.start();
  }

  /**
   * The platform asks the object itself for its handlers: these come before the methods of a subclass,
   * which get what is not ours.
   */
  #takeEvents(host: ObjectHost): void {
    const subclass = Object.getPrototypeOf(this) as ServerObject<Any, Any, Any, Any, Any>;
    const runtime = this.#runtime;
    const handlers = {
      webSocketMessage: (webSocket: WebSocket, message: string | ArrayBuffer) => {
        const connection = host.connectionOf(webSocket);
        if (connection !== undefined) {
          runtime.handleMessage(connection, message);
          return host.rest(runtime);
        }
        if (host.owns(webSocket)) return;
        return subclass.webSocketMessage.call(this, webSocket, message);
      },
      webSocketClose: (webSocket: WebSocket, code: number, reason: string, wasClean: boolean) => {
        const connection = host.connectionOf(webSocket);
        if (connection !== undefined) runtime.handleClose(connection, code, reason);
        else if (!host.owns(webSocket)) {
          return subclass.webSocketClose.call(this, webSocket, code, reason, wasClean);
        }
        host.release(webSocket, () => answerClose(webSocket, code, reason));
        return host.rest(runtime);
      },
      webSocketError: (webSocket: WebSocket, error: unknown) => {
        const connection = host.connectionOf(webSocket);
        if (connection !== undefined) runtime.handleError(connection, error);
        else if (!host.owns(webSocket)) return subclass.webSocketError.call(this, webSocket, error);
        host.release(webSocket);
        return host.rest(runtime);
      },
      alarm: async (info?: AlarmInvocationInfo) => {
        await host.handleAlarm(runtime, () => subclass.alarm.call(this, info));
        await host.rest(runtime);
      },
    };
    for (const [name, value] of Object.entries(handlers)) {
      Object.defineProperty(this, name, { value, configurable: true, writable: true });
    }
  }
}

/** As much of a Durable Object binding as routing needs. */
export interface ObjectNamespace {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId): { fetch(request: Request): Promise<Response> };
}

export interface RouteOptions {
  /** The `path` option of the server. Default `/socket.io`. */
  path?: string;
  /** The name of the object that takes the request. Default: one object for all. */
  name?: string | ((request: Request) => string | Promise<string>);
}

/** Leads a Socket.IO request to its object; null for all other paths. */
export async function routeSocketIO(
  request: Request,
  namespace: ObjectNamespace,
  { path = "/socket.io", name = "default" }: RouteOptions = {},
): Promise<Response | null> {
  if (!isUnderPath(new URL(request.url).pathname, path.replace(/\/$/, ""))) return null;
  const objectName = typeof name === "function" ? await name(request) : name;
  return namespace.get(namespace.idFromName(objectName)).fetch(request);
}
