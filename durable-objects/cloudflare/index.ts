/** The package's entry for Cloudflare Workers: servers that are Durable Objects. */
import { DurableObject } from "cloudflare:workers";
import { METHOD } from "../../glue/adapter/calls/calls.ts";
import { type ResolvedOptions, resolveOptions } from "../../glue/socket.io/server/options.ts";
import type { Server } from "../../glue/socket.io/server/server.ts";
import type { Any, DefaultEventsMap, EventsMap } from "../../glue/socket.io/types/typed-events.ts";
import { readArguments } from "../shared/create-server/create-server-arguments.ts";
import type {
  CreateServer,
  CreateServerTypes,
  Events,
} from "../shared/create-server/create-server-types.ts";
import type { Setup } from "../shared/create-server/setup-function.ts";
import {
  checkShards,
  type ObjectServerOptions,
  type Shards,
  shardsCheck,
} from "../shared/create-server/shards-option.ts";
import { diagnosticsPart } from "../shared/diagnostics/diagnostics-part.ts";
import { isUrlUnderPath } from "../shared/handshake/handshake.ts";
import { ObjectServer } from "../shared/object/object-server.ts";

export * from "../../glue/socket.io/index.ts";
export type { Server } from "../../glue/socket.io/server/server.ts";
export type { Setup, SetupContext } from "../shared/create-server/setup-function.ts";
export { type ObjectNamespace, type RouteOptions, routeSocketIO } from "../shared/routing/route.ts";

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
  /** The server, as `setup` gets it. */
  readonly io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /**
   * Answers requests to the server's path; others with status 404. A subclass that has its own calls `super.fetch` for ours.
   */
  fetch(request: Request): Promise<Response>;
  /** A message of a WebSocket of the subclass's own. */
  webSocketMessage(webSocket: WebSocket, message: string | ArrayBuffer): void | Promise<void>;
  /** A WebSocket of the subclass's own was closed. */
  webSocketClose(
    webSocket: WebSocket,
    code: number,
    reason: string,
    wasClean: boolean,
  ): void | Promise<void>;
  /** A WebSocket of the subclass's own has failed. */
  webSocketError(webSocket: WebSocket, error: unknown): void | Promise<void>;
  /** The alarm that the subclass has set is due. */
  alarm(info?: AlarmInvocationInfo): void | Promise<void>;
}

/** What `createServer` takes and makes here. */
interface ObjectPlatform extends CreateServerTypes {
  readonly options: ObjectServerOptions<this["env"]>;
  readonly setup: Setup<
    Events<this["listens"]>,
    Events<this["emits"]>,
    Events<this["serverSide"]>,
    this["data"],
    this["env"]
  >;
  readonly made: new (
    ctx: DurableObjectState,
    env: this["env"],
  ) => ServerObject<
    Events<this["listens"]>,
    Events<this["emits"]>,
    Events<this["serverSide"]>,
    this["data"],
    this["env"]
  >;
}

/**
 * Makes a Durable Object class that is a Socket.IO server. Bind it in the Worker's configuration and
 * lead requests to it with `routeSocketIO`.
 */
export const createServer: CreateServer<ObjectPlatform> = (
  first: ObjectServerOptions | Setup<Any, Any, Any, Any, Any>,
  second?: Setup<Any, Any, Any, Any, Any>,
) => {
  const { options: given, setup } = readArguments<
    ObjectServerOptions,
    Setup<Any, Any, Any, Any, Any>
  >(first, second);
  const options = resolveOptions(given, { checks: { shards: shardsCheck } });
  const shards = checkShards(given);
  return class extends SocketIoObject {
    constructor(ctx: DurableObjectState, env: Any) {
      super(ctx, env, options, setup, shards);
    }
  };
};

class SocketIoObject extends DurableObject<Any> implements ServerObject<Any, Any, Any, Any, Any> {
  readonly io: Server<Any, Any, Any, Any>;
  readonly #server: ObjectServer;

  constructor(
    ctx: DurableObjectState,
    env: Any,
    options: ResolvedOptions,
    setup: Setup<Any, Any, Any, Any, Any>,
    shards: Shards | undefined,
  ) {
    super(ctx, env);
    const base = SocketIoObject.prototype;
    const hasAlarm = ({ alarm }: { alarm: unknown }) => alarm !== base.alarm;
    this.#server = new ObjectServer({ object: this, ctx, env, hasAlarm }, options, setup, shards);
    this.io = this.#server.io;
  }

  override async fetch(request: Request): Promise<Response> {
    const { url } = request;
    if (!isUrlUnderPath(url, this.io.path(), this.io.opts)) {
      diagnosticsPart?.adviseOnPath(request, this.io.path());
      return new Response("not found", { status: 404 });
    }
    return this.#server.handleRequest(request, url);
  }

  /** The one method for RPC, for emitters: see `glue/adapter/calls/calls.ts`. */
  [METHOD](message: unknown): Promise<unknown> {
    return this.#server.perform(message);
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
}
