/** The routers of a server's namespaces. */
import type {
  DefaultEventsMap,
  EventsMap,
  ParentNspNameMatchFn,
  Server,
} from "../../glue/socket.io/index.ts";
import {
  checkConfig,
  checkNamespaceConfig,
  findMiddlewares,
  type NamespaceConfig,
  type RouterConfig,
} from "./config.ts";
import type { ControllerClass } from "./controllers/controllers.ts";
import type { Application } from "./handling/context.ts";
import { ContextMaker } from "./handling/context-maker.ts";
import type { Handler } from "./handling/handlers.ts";
import { NamespaceRouter, type Routable, type Shared } from "./namespace-router.ts";
import type { Any, AnyTypes, RouteArgs, RouteNames, RouterTypes, ServerOf } from "./types.ts";

/** What `router.of` takes: a name, or what `io.of` takes for dynamic namespaces. */
export type NamespaceName = string | RegExp | ParentNspNameMatchFn;

/** The routers of a server's namespaces. Its own routes are those of the main namespace, as in egg. */
export class Router<T extends RouterTypes = AnyTypes> {
  /** The server. */
  readonly io: ServerOf<T>;
  /** What handlers find as `ctx.app`. */
  readonly app: Application<T>;
  readonly #config: RouterConfig<T>;
  readonly #namespaces = new Map<NamespaceName, NamespaceRouter<T>>();

  /** @internal Use `createRouter`. */
  constructor(io: ServerOf<T>, config: RouterConfig<T>) {
    checkConfig(config);
    this.io = io;
    this.#config = config;
    this.app = { ...(config.app as object), io } as Application<T>;
    if (config.generateId !== undefined) io.engine.generateId = config.generateId;
    config.session?.attach(io as ServerOf<AnyTypes>);
    for (const name of ["/", ...Object.keys(config.namespace ?? {})]) this.of(name);
  }

  /**
   * The router of a namespace; it is made if there is none, and the namespace as well. A pattern or a
   * function stands for dynamic namespaces, as with `io.of`; `config` are their middlewares then.
   *
   * @throws TypeError if there is a router already and `config` is given, or if `config` is wrong.
   */
  of(name: NamespaceName, config?: NamespaceConfig<T>): NamespaceRouter<T> {
    const key = typeof name === "string" && !name.startsWith("/") ? `/${name}` : name;
    const existing = this.#namespaces.get(key);
    if (existing !== undefined) {
      if (config === undefined) return existing;
      const problem = `namespace ${String(key)} has a router already`;
      throw new TypeError(
        `dormouse: ${problem}: its config goes to createRouter, or to the first of()`,
      );
    }
    const created = this.#make(key, config ?? this.#configOf(key));
    this.#namespaces.set(key, created);
    return created;
  }

  /** Leads an event of the main namespace to its handler. See `NamespaceRouter.route`. */
  route<Ev extends RouteNames<T>>(event: Ev, handler: Handler<T, RouteArgs<T, Ev>>): this {
    this.of("/").route(event, handler);
    return this;
  }

  /** Leads events of the main namespace to a controller. See `NamespaceRouter.routeAll`. */
  routeAll<Prefix extends string, Target extends ControllerClass | object>(
    prefix: Prefix,
    controller: Target & Routable<T, Prefix, Target>,
  ): this {
    this.of("/").routeAll(prefix, controller as Any);
    return this;
  }

  #configOf(name: NamespaceName): NamespaceConfig<T> {
    const { namespace = {} } = this.#config;
    if (typeof name !== "string") return {};
    for (const [configured, config] of Object.entries(namespace)) {
      if (configured === name || `/${configured}` === name) return config;
    }
    return {};
  }

  #make(name: NamespaceName, config: NamespaceConfig<T>): NamespaceRouter<T> {
    checkNamespaceConfig(config, String(name));
    const { middleware, session, onError } = this.#config;
    const { connectionMiddleware = [], packetMiddleware = [] } = config;
    const contexts = new ContextMaker(this.app as Application<AnyTypes>, session);
    const shared: Shared = { contexts, onError };
    return new NamespaceRouter<T>(
      shared,
      (this.io as ServerOf<AnyTypes>).of(name),
      findMiddlewares(connectionMiddleware, middleware),
      findMiddlewares(packetMiddleware, middleware),
    );
  }
}

/**
 * Routes, controllers, middlewares and sessions for a server, as `egg-socket.io` has them. To be called
 * in `setup`, before clients come: it registers a connection listener for each of its namespaces.
 *
 * @example
 * export class Chat extends createServer((io, { env }) => {
 *   const router = createRouter(io, {
 *     app: { env },
 *     namespace: { "/": { connectionMiddleware: [auth], packetMiddleware: [filter] } },
 *   });
 *   router.route("chat", actionsOf(ChatController).ping);
 *   router.of("/news").route("subscribe", async (ctx) => ctx.join("news"));
 * }) {}
 */
export function createRouter<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
  SessionData extends object = Any,
  App extends object = Any,
>(
  io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  config: RouterConfig<
    Typed<ListenEvents, EmitEvents, ServerSideEvents, SocketData, SessionData, App>
  > = {},
): Router<Typed<ListenEvents, EmitEvents, ServerSideEvents, SocketData, SessionData, App>> {
  return new Router(io, config);
}

interface Typed<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  SessionData extends object,
  App extends object,
> extends RouterTypes {
  listen: ListenEvents;
  emit: EmitEvents;
  serverSide: ServerSideEvents;
  data: SocketData;
  session: SessionData;
  app: App;
}
