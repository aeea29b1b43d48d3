/** `createServer` on Node: classes as Workers have them, for the tests of a Worker's server and for servers that sleep. */
import { isThenable } from "../../glue/common/values.ts";
import type { SleepingConnection } from "../../glue/engine/runtime/runtime.ts";
import { resolveOptions } from "../../glue/socket.io/server/options.ts";
import type { Any, DefaultEventsMap, EventsMap } from "../../glue/socket.io/types/typed-events.ts";
import { readArguments } from "../shared/create-server/create-server-arguments.ts";
import type {
  CreateServer,
  CreateServerTypes,
  Events,
} from "../shared/create-server/create-server-types.ts";
import type { SetupContext, SetupOf } from "../shared/create-server/setup-function.ts";
import type { AlarmInfo, ObjectState } from "../shared/platform/global-types.ts";
import type { ConnectionTarget } from "./host/connection-target.ts";
import type { HttpServerLike } from "./http-server-types.ts";
import { HOST_OPTIONS, Server, type ServerOptions } from "./server.ts";

/** Registers the listeners. Runs whenever the server starts or wakes up. */
export type Setup<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  Env,
> = SetupOf<Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>, Env>;

/**
 * What `createServer` makes here. Extended as a Worker's class is; what only Workers call (`fetch`, alarms,
 * WebSockets of its own) is never called here.
 */
export abstract class ServerObject<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
  Env = Any,
> {
  /** Tells TypeScript that the class may be bound in a Worker's configuration. There is no such property. */
  declare readonly __DURABLE_OBJECT_BRAND: never;
  /** The object's state, where it was made with one; otherwise whatever is read of it throws. */
  protected readonly ctx: ObjectState;
  /** What `setup` gets as `env`. */
  protected readonly env: Env;
  readonly #options: ServerOptions;
  #io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  #starting: Promise<void> | undefined;
  #hasFailed = false;
  readonly #target: ConnectionTarget;

  constructor(
    options: ServerOptions,
    place: HttpServerLike | number | string | ObjectState | undefined,
    env: Env,
  ) {
    this.#options = options;
    this.ctx = isState(place) ? place : missingState;
    this.env = env;
    const runtime = () => this.#io._runtime;
    this.#target = {
      get _runtime() {
        return runtime();
      },
      _ready: () => this.#ready(),
    };
    this.#io = this.#makeServer();
    this.#start([]);
    if (place !== undefined && !isState(place)) this.#io.attach(place);
  }

  /** The server. Another one after each sleep. */
  get io(): Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.#io;
  }

  /** @internal What `createServer` was given; tests put in that of a module that they load anew. */
  _setup(
    _io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    _context: SetupContext<Env>,
  ): void | Promise<void> {}

  /**
   * Does what happens to a Durable Object in its sleep: snapshots, drops everything, runs `setup` again with a
   * new server, restores. Clients notice nothing. Resolves once `setup` has settled. Within an event: right
   * after it. `io.hibernate()` is the same.
   */
  async hibernate(): Promise<void> {
    if (this.#starting !== undefined) await this.#starting.catch(() => {});
    await this.#io._runtime.betweenEvents(() => this.#sleep());
    await this.#starting?.catch(() => {});
  }

  #sleep(): void {
    const old = this.#io;
    const kept = old._putToSleep();
    old._sessions.retire();
    this.#io = this.#makeServer();
    this.#io._succeed(old);
    this.#start(kept);
  }

  /** Requests come through the HTTP server here. Rejects. */
  async fetch(_request: Request): Promise<Response> {
    throw new Error("dormouse: on Node requests come to a server through its HTTP server");
  }

  /** For WebSockets of a subclass, which there are in Workers only. */
  webSocketMessage(_webSocket: WebSocket, _message: string | ArrayBuffer): void | Promise<void> {}

  /** For WebSockets of a subclass, which there are in Workers only. */
  webSocketClose(
    _webSocket: WebSocket,
    _code: number,
    _reason: string,
    _wasClean: boolean,
  ): void | Promise<void> {}

  /** For WebSockets of a subclass, which there are in Workers only. */
  webSocketError(_webSocket: WebSocket, _error: unknown): void | Promise<void> {}

  /** For alarms of a subclass, which there are in Workers only. */
  alarm(_info?: AlarmInfo): void | Promise<void> {}

  /** Tries again if the last start failed. */
  #ready(): Promise<void> | undefined {
    if (this.#hasFailed) {
      const old = this.#io;
      this.#io = this.#makeServer();
      this.#io._succeed(old);
      this.#start([]);
    }
    return this.#starting;
  }

  #makeServer(): Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return new SleepingServer<ListenEvents, EmitEvents, ServerSideEvents, SocketData>(
      this.#options,
      this.#target,
      () => this.hibernate(),
    );
  }

  #start(kept: readonly SleepingConnection[]): void {
    const io = this.#io;
    this.#hasFailed = false;
    io._restore(kept);
    // Nothing calls alarms on Node, those of the class neither.
    const onAlarm = (): void => {};
    const context = { ctx: this.ctx, env: this.env, name: nameOf(this.ctx), onAlarm };
    const running = start(() => this._setup(io, context));
    if (running === undefined) io._sleep.endSetup();
    const preparing = running ?? io._runtime.start();
    if (preparing === undefined) return;
    this.#starting = preparing.then(
      async () => {
        if (running !== undefined) {
          io._sleep.endSetup();
          await io._runtime.start();
        }
        this.#starting = undefined;
      },
      (error: unknown) => {
        this.#starting = undefined;
        this.#fail(error, kept);
        throw error;
      },
    );
    // Whoever waits for it is told, and the log.
    this.#starting.catch(() => {});
  }

  /** Clients are disconnected and reconnect, as those of an object that is reset. */
  #fail(error: unknown, kept: readonly SleepingConnection[]): void {
    this.#hasFailed = true;
    console.error("dormouse: setup failed; the next client starts the server anew:", error);
    this.#io._putToSleep();
    this.#io._closeForgotten(kept);
  }
}

/** The class that `createServer` makes. */
export interface ServerClass<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
  Env = Any,
> {
  /** How a Worker's runtime makes it. On Node it then has no clients until `io.attach()`. */
  new (
    ctx: ObjectState,
    env: Env,
  ): ServerObject<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>;
  /** On Node: with the HTTP server or the port that it takes clients from. `env`: default `process.env`. */
  new (
    place?: HttpServerLike | number | string,
    env?: Env,
  ): ServerObject<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Env>;
}

/** What `createServer` takes and makes here. */
interface NodePlatform extends CreateServerTypes {
  readonly options: ServerOptions<this["env"]>;
  readonly setup: Setup<
    Events<this["listens"]>,
    Events<this["emits"]>,
    Events<this["serverSide"]>,
    this["data"],
    this["env"]
  >;
  readonly made: ServerClass<
    Events<this["listens"]>,
    Events<this["emits"]>,
    Events<this["serverSide"]>,
    this["data"],
    this["env"]
  >;
}

/**
 * Makes a class that is a Socket.IO server: what `createServer` of Workers is, on Node. `setup` runs when it is
 * constructed, and again after `io.hibernate()`, with a new `io` each time.
 *
 * @example
 * class Chat extends createServer((io) => {
 *   io.on("connection", (socket) => socket.on("message", (text) => io.emit("message", text)));
 * }) {}
 * const chat = new Chat(3000);
 * await chat.io.hibernate();
 */
export const createServer: CreateServer<NodePlatform> = (
  first: ServerOptions<Any> | Setup<Any, Any, Any, Any, Any>,
  second?: Setup<Any, Any, Any, Any, Any>,
) => {
  const { options, setup } = readArguments<ServerOptions<Any>, Setup<Any, Any, Any, Any, Any>>(
    first,
    second,
  );
  resolveOptions(options, HOST_OPTIONS);
  return class extends ServerObject<Any, Any, Any, Any, Any> {
    constructor(place?: HttpServerLike | number | string | ObjectState, env: Any = process.env) {
      super(options, place, env);
    }

    override _setup(io: Server<Any, Any, Any, Any>, context: SetupContext<Any>) {
      return setup(io, context);
    }
  };
};

/** A server whose sleep is its object's. */
class SleepingServer<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  readonly #sleep: () => Promise<void>;

  /** `target`: where its connections are to look for it. */
  constructor(options: ServerOptions, target: ConnectionTarget, sleep: () => Promise<void>) {
    super(options);
    this._target = target;
    this.#sleep = sleep;
  }

  override hibernate(): Promise<void> {
    return this.#sleep();
  }
}

/** Runs a `setup`; undefined if it is over. */
function start(setup: () => void | Promise<void>): Promise<void> | undefined {
  try {
    const running = setup();
    return isThenable(running) ? Promise.resolve(running) : undefined;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** What a Durable Object gets as `ctx`, against what a server is attached to. */
function isState(place: unknown): place is ObjectState {
  return typeof place === "object" && place !== null && !("listen" in place);
}

function nameOf(ctx: ObjectState): string | undefined {
  return ctx === missingState ? undefined : ctx.id?.name;
}

/** In place of an object's state. */
const missingState: ObjectState = new Proxy(
  {},
  {
    get(_target, name) {
      if (typeof name === "symbol") return undefined;
      throw new Error(
        `dormouse: there is no ctx.${name} on Node, where the server is no Durable Object; ` +
          "tests that need one pass theirs: new Chat(ctx, env)",
      );
    },
  },
);
