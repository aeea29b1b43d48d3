/** The package's entry for PartyServer: servers that are classes of the npm package `partyserver`. */
import { Server as PartyServer } from "partyserver";
import { METHOD } from "../../glue/adapter/calls/calls.ts";
import { type ResolvedOptions, resolveOptions } from "../../glue/socket.io/server/options.ts";
import type { Server } from "../../glue/socket.io/server/server.ts";
import type { Any, DefaultEventsMap, EventsMap } from "../../glue/socket.io/types/typed-events.ts";
import { readArguments } from "../shared/create-server/create-server-arguments.ts";
import type {
  As,
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
import { isUnderPath } from "../shared/handshake/handshake.ts";
import { isUpgrade, ObjectServer } from "../shared/object/object-server.ts";
import { override } from "../shared/platform/replaced-methods.ts";

export * from "../../glue/socket.io/index.ts";
export type { Server } from "../../glue/socket.io/server/server.ts";
export type { Setup, SetupContext } from "../shared/create-server/setup-function.ts";
export { type RouteOptions, routeSocketIO } from "../shared/routing/route.ts";

/**
 * The class that `createServer` makes: a `Server` of PartyServer with `io`. A subclass may have
 * connections, requests and alarms of its own: PartyServer's handlers get what belongs to them and
 * nothing of ours, and need not call `super`.
 */
export interface ServerParty<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
  Env extends Cloudflare.Env = Cloudflare.Env,
> extends PartyServer<Env> {
  /** The server, as `setup` gets it. */
  readonly io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
}

/** What `createServer` returns. */
export interface ServerPartyClass<Party> {
  new (ctx: DurableObjectState, env: Any): Party;
  /** PartyServer's options: whether the subclass's own connections hibernate. */
  options: { hibernate?: boolean };
}

/** What `createServer` takes and makes here. */
interface PartyPlatform extends CreateServerTypes {
  readonly options: ObjectServerOptions<this["env"]>;
  readonly setup: Setup<
    Events<this["listens"]>,
    Events<this["emits"]>,
    Events<this["serverSide"]>,
    this["data"],
    this["env"]
  >;
  readonly made: ServerPartyClass<
    ServerParty<
      Events<this["listens"]>,
      Events<this["emits"]>,
      Events<this["serverSide"]>,
      this["data"],
      As<this["env"], Cloudflare.Env>
    >
  >;
}

/**
 * Makes a class for PartyServer that is a Socket.IO server. `routePartykitRequest` leads requests to it
 * whose path goes on, behind the name of the room, with the server's `path`
 * (`/parties/chat/my-room/socket.io/`), and `routeSocketIO` those whose path begins with it.
 */
export const createServer: CreateServer<PartyPlatform, Cloudflare.Env> = (
  first: ObjectServerOptions | Setup<Any, Any, Any, Any, Any>,
  second?: Setup<Any, Any, Any, Any, Any>,
) => {
  const { options: given, setup } = readArguments<
    ObjectServerOptions,
    Setup<Any, Any, Any, Any, Any>
  >(first, second);
  const options = resolveOptions(given, { checks: { shards: shardsCheck } });
  const shards = checkShards(given);
  return class extends SocketIoParty {
    static override options = { hibernate: options.hibernate !== false };

    constructor(ctx: DurableObjectState, env: Any) {
      super(ctx, env, options, setup, shards);
    }
  };
};

type OnRequest = (request: Request) => Response | Promise<Response>;

class SocketIoParty extends PartyServer<Any> implements ServerParty<Any, Any, Any, Any, Any> {
  readonly io: Server<Any, Any, Any, Any>;
  readonly #server: ObjectServer;
  /** Requests to the server's path, by what PartyServer is given instead. */
  readonly #requests = new WeakMap<Request, Request>();
  /** What PartyServer is to call. */
  #onRequest: OnRequest | undefined;
  /** Whether PartyServer has called `onStart`. */
  #isStarted = false;
  #starting: Promise<void> | undefined;

  constructor(
    ctx: DurableObjectState,
    env: Any,
    options: ResolvedOptions,
    setup: Setup<Any, Any, Any, Any, Any>,
    shards: Shards | undefined,
  ) {
    super(ctx, env);
    const base = PartyServer.prototype;
    const hasAlarm = ({ alarm }: { alarm: unknown }) =>
      this.onAlarm !== base.onAlarm || alarm !== base.alarm;
    const prepare = () => this.#start();
    this.#server = new ObjectServer(
      { object: this, ctx, env, hasAlarm, prepare },
      options,
      setup,
      shards,
    );
    this.io = this.#server.io;
    this.#takeRequests();
  }

  override fetch(request: Request): Promise<Response> {
    this.#takeField();
    if (!this.#isSocketIoPath(new URL(request.url).pathname)) {
      diagnosticsPart?.adviseOnPath(request, this.io.path());
      return super.fetch(request);
    }
    // PartyServer reads its own headers, starts, and hands over to `onRequest`. A request that wants a
    // WebSocket would get one that belongs to PartyServer.
    const headers = new Headers(request.headers);
    headers.delete("upgrade");
    const plain = new Request(request.url, { headers });
    this.#requests.set(plain, isUpgrade(request) ? request : new Request(request));
    return super.fetch(plain);
  }

  /** The one method for RPC, for emitters: see `glue/adapter/calls/calls.ts`. */
  [METHOD](message: unknown): Promise<unknown> {
    return this.#server.perform(message);
  }

  #isSocketIoPath(pathname: string): boolean {
    const path = this.io.path();
    if (isUnderPath(pathname, path, this.io.opts)) return true;
    const room = `/${this.ctx.id.name}`;
    const at = this.ctx.id.name === undefined ? -1 : pathname.indexOf(room + path);
    return at >= 0 && isUnderPath(pathname.slice(at + room.length), path, this.io.opts);
  }

  /** Puts our requests before the `onRequest` of a subclass. */
  #takeRequests(): void {
    const subclass = Object.getPrototypeOf(this) as PartyServer;
    this.#takeRequestsBefore((request) => subclass.onRequest.call(this, request));
  }

  #takeRequestsBefore(others: OnRequest): void {
    this.#onRequest = (request) => {
      const original = this.#requests.get(request);
      return original === undefined ? others(request) : this.#server.handleRequest(original);
    };
    override(this, { onRequest: this.#onRequest });
  }

  /** `onRequest` may be a field of the application's class, which has replaced ours. */
  #takeField(): void {
    const { onRequest } = this;
    if (onRequest === this.#onRequest) return;
    this.#takeRequestsBefore((request) => onRequest.call(this, request));
  }

  /** PartyServer calls `onStart` before its own events only. Undefined once that is done. */
  #start(): Promise<void> | undefined {
    if (this.#isStarted) return undefined;
    this.#starting ??= this.__unsafe_ensureInitialized().then(
      () => {
        this.#isStarted = true;
        this.#server.endSetup();
      },
      (error) => {
        this.#starting = undefined;
        throw error;
      },
    );
    return this.#starting;
  }
}
