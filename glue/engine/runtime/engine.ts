/** `io.engine`: upstream's Engine.IO server as applications see it. */

import { describeRegistration, EventEmitter, type EventName } from "../../common/event-emitter.ts";
import { type FeatureName, leftOut } from "../../common/features.ts";
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import * as HandshakeError from "../../core/abi/handshake-error.gen.ts";
import { handshakeErrorTexts } from "../../core/abi.gen.ts";
import type { Commands } from "../commands/commands.ts";
import { type Connection, HandedOut } from "../connections/connection.ts";
import type { Keeper } from "../connections/keeper.ts";
import type { Registrant } from "../connections/registrant.ts";
import type { EngineRequest } from "../handshake/request.ts";
import type { EngineOptions, ResolvedEngineOptions } from "../options/options.ts";

/** The argument of `connection_error` listeners. */
export interface ConnectionErrorEvent {
  /** The request that was refused. */
  req: EngineRequest;
  /** A `HandshakeError`. */
  code: number;
  /** What the code means, as in `Engine.errorMessages`. */
  message: string;
  /** What is wrong with the request, beside the code: `{ transport: "webtransport" }`. */
  context: Record<string, unknown>;
}

/** The part of Node's `ServerResponse` that middlewares need to set headers, or to answer by themselves. */
export interface EngineResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  setHeader(name: string, value: unknown): this;
  appendHeader(name: string, value: unknown): this;
  getHeader(name: string): unknown;
  getHeaders(): Record<string, unknown>;
  getHeaderNames(): string[];
  hasHeader(name: string): boolean;
  removeHeader(name: string): void;
  writeHead(status: number, ...args: unknown[]): this;
  write(chunk: unknown): boolean;
  end(...args: unknown[]): this;
}

/** A middleware in the style of Express. */
export type EngineMiddleware = (
  // biome-ignore lint/suspicious/noExplicitAny: middlewares are written for Node's own classes
  request: any,
  // biome-ignore lint/suspicious/noExplicitAny: as above
  response: any,
  next: (error?: unknown) => void,
) => unknown;

/** What `io.engine` shows and does is the runtime's. */
export interface EngineOwner
  extends Pick<
    Commands,
    "_report" | "closeConnection" | "connectionCount" | "connections" | "gate" | "host"
  > {
  readonly keeper: Keeper;
  readonly options: ResolvedEngineOptions;
  generateId(): string;
}

/**
 * Events: `connection` (a `Connection`), `connection_error` (a `ConnectionErrorEvent`),
 * `initial_headers` and `headers` (an object of response headers that may be changed, the request); `wake`
 * (a `WakeEvent`) when the object has slept, for metrics.
 */
export class Engine extends EventEmitter implements Registrant {
  /** The codes of refused handshakes, by the names that upstream has for them. */
  static readonly errors = {
    UNKNOWN_TRANSPORT: HandshakeError.unknown_transport,
    UNKNOWN_SID: HandshakeError.unknown_sid,
    BAD_HANDSHAKE_METHOD: HandshakeError.bad_handshake_method,
    BAD_REQUEST: HandshakeError.bad_request,
    FORBIDDEN: HandshakeError.forbidden,
    UNSUPPORTED_PROTOCOL_VERSION: HandshakeError.unsupported_protocol_version,
  } as const;
  /** What each code means, as clients are told. */
  static readonly errorMessages = handshakeErrorTexts;

  /** Makes the id of a new connection. May be replaced; must give what nobody can guess. */
  generateId: (request: EngineRequest) => string | PromiseLike<string>;
  /** What `generateId` is when the application has no other. */
  readonly #defaultGenerateId: (request: EngineRequest) => string;
  /** @internal */
  readonly _middlewares: EngineMiddleware[] = [];
  readonly #runtime: EngineOwner;

  /** @internal Made by the runtime. */
  constructor(runtime: EngineOwner) {
    super();
    this.#runtime = runtime;
    this.#defaultGenerateId = () => runtime.generateId();
    this.generateId = runtime.options.generateId ?? this.#defaultGenerateId;
  }

  /** @internal Whether the ids of connections are made here, and not by a function of the application's. */
  get _makesIds(): boolean {
    return this.generateId === this.#defaultGenerateId;
  }

  /** The options of the server. */
  get opts(): EngineOptions {
    return this.#runtime.options;
  }

  /** Adds a middleware, which sees every request before it is checked. */
  use(middleware: EngineMiddleware): void {
    if (typeof DORMOUSE_HANDSHAKE !== "undefined" && !DORMOUSE_HANDSHAKE) {
      throw leftOut("io.engine.use()", "DORMOUSE_HANDSHAKE");
    }
    this._middlewares.push(middleware);
    this.#runtime.keeper.noteAdded(this, "use()", middleware);
  }

  /** @internal */
  override _onListenerAdded(event: EventName, listener: unknown): void {
    const constant = missing(event);
    if (constant !== undefined) throw leftOut(`the event "${String(event)}"`, constant);
    this.#runtime.keeper.noteAdded(this, describeRegistration(event), listener);
  }

  /** @internal */
  override _onListenerRemoved(event: EventName, before: readonly unknown[], index: number): void {
    this.#runtime.keeper.noteRemoved(this, describeRegistration(event), before[index]);
  }

  /** @internal */
  get _isRegistering(): boolean {
    return !this.#runtime.keeper.isSetUp;
  }

  /** @internal */
  get _calledAs(): string {
    return "io.engine";
  }

  /** @internal */
  _describe(): string {
    return "the server";
  }

  /** @internal Reports what was thrown, and where. */
  _report(error: unknown, where: string): void {
    this.#runtime._report(error, where);
  }

  /** @internal The options have changed. */
  _configure(): void {
    const { generateId } = this.#runtime.options;
    if (generateId !== undefined) this.generateId = generateId;
  }

  /** The number of open connections. */
  get clientsCount(): number {
    return this.#runtime.connectionCount;
  }

  /** The open connections by id. */
  get clients(): Record<string, Connection> {
    const clients: Record<string, Connection> = {};
    for (const connection of this.#runtime.connections()) {
      connection._handedOut = HandedOut.all;
      clients[connection.id] = connection;
    }
    return clients;
  }

  /** @internal Tells listeners, if there are any, of a connection: a new one, or one whose listeners a sleep has lost. */
  _announce(connection: Connection): void {
    connection._handedOut = HandedOut.all;
    connection._registering += 1;
    try {
      this.emit("connection", connection);
    } finally {
      connection._registering -= 1;
    }
  }

  /**
   * Closes every connection; sessions end with `forced close`. On Node no new WebSockets are taken from then
   * on, until the HTTP server begins to listen again: they get status 503.
   */
  close(): this {
    if (!this.#runtime.gate.isDropping) this.#runtime.host.closeEngine?.();
    for (const connection of this.#runtime.connections()) {
      this.#runtime.closeConnection(connection, DisconnectReason.forced_close);
    }
    return this;
  }
}

/** The feature that emits an event, if it was left out of the bundle. */
function missing(event: EventName): FeatureName | undefined {
  if (typeof DORMOUSE_STATISTICS !== "undefined" && !DORMOUSE_STATISTICS) {
    if (event === "wake") return "DORMOUSE_STATISTICS";
  }
  if (typeof DORMOUSE_HANDSHAKE !== "undefined" && !DORMOUSE_HANDSHAKE) {
    if (event === "headers" || event === "initial_headers") return "DORMOUSE_HANDSHAKE";
  }
  return undefined;
}
