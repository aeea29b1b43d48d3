/** A server on Node, with `socket.io`'s constructor, over the npm package `ws`. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { boolean, positiveNumber } from "../../glue/common/option-checks.ts";
import { Cores } from "../../glue/core/cores.ts";
import { SERVICE_RESTART } from "../../glue/engine/host/close-codes.ts";
import { polling } from "../../glue/engine/polling/index.ts";
import type { SleepingConnection } from "../../glue/engine/runtime/runtime.ts";
import type { ScheduledEvents } from "../../glue/sleep/server-state/schedule.ts";
import {
  type ServerOptions as BaseOptions,
  type HostOptions,
  resolveOptions,
  switchOrOptions,
} from "../../glue/socket.io/server/options.ts";
import { Server as BaseServer } from "../../glue/socket.io/server/server.ts";
import type { Any, DefaultEventsMap, EventsMap } from "../../glue/socket.io/types/typed-events.ts";
import { repeatHandshake } from "../shared/handshake/handshake-steps.ts";
import type { ConnectionTarget } from "./host/connection-target.ts";
import { NodeHost, type NodeTransport } from "./host/host.ts";
import { remakeRequest } from "./host/restored-request.ts";
import { NodeRuntime } from "./host/runtime.ts";
import { ClientFiles } from "./http/client-files.ts";
import type {
  HttpCompressionOptions,
  PerMessageDeflateOptions,
} from "./http/compression-options.ts";
import { HttpGate } from "./http/requests.ts";
import type { HttpServer, HttpServerLike } from "./http-server-types.ts";

/** The options of a server on Node. */
export interface ServerOptions<Env = unknown> extends BaseOptions<Env> {
  /** Whether upgrade requests that nobody takes are ended. Default true. */
  destroyUpgrade?: boolean;
  /** After how many milliseconds they are. Default 1000. */
  destroyUpgradeTimeout?: number;
  /** How answers to clients that poll are compressed, where they accept it. Default: from 1024 bytes on. */
  httpCompression?: boolean | HttpCompressionOptions;
  /** How messages are compressed, for clients that take them so: browsers do. Default: not at all. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /** Whether the client's files are served, from the installed `socket.io-client`. Default true. */
  serveClient?: boolean;
}

/** The options that only Node has. */
const HOST_CHECKS = {
  destroyUpgrade: boolean,
  destroyUpgradeTimeout: positiveNumber,
  httpCompression: switchOrOptions,
  perMessageDeflate: switchOrOptions,
  serveClient: boolean,
};
/** What this host adds to the options. There is no bundle to keep small: the name of polling is enough. */
export const HOST_OPTIONS: HostOptions = { checks: HOST_CHECKS, polling };
const DESTROY_UPGRADE_TIMEOUT = 1000;

let cores: Cores | undefined;

/** Read with the first server. Throws where this code does not lie in its package: in a Worker, in a bundle. */
function coresOfPackage(): Cores {
  cores ??= new Cores(new WebAssembly.Module(readCore()));
  return cores;
}

function readCore(): Uint8Array<ArrayBuffer> {
  try {
    const file = process.env.DORMOUSE_CORE_WASM ?? new URL("../../wasm/core.wasm", import.meta.url);
    return readFileSync(file);
  } catch (cause) {
    const advice =
      "dormouse-io/node has not found its core, which lies beside it in the package. In a Worker import from " +
      '"dormouse-io", "dormouse-io/partyserver" or "dormouse-io/partykit" instead; have a bundler of programs for ' +
      "Node leave the package out (as external).";
    throw new Error(`dormouse: ${advice}`, { cause });
  }
}

/**
 * A Socket.IO server. Without an HTTP server or a port it does nothing until `attach` or `listen`.
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
  ServerData = Any,
  Scheduled = ScheduledEvents,
> extends BaseServer<
  ListenEvents,
  EmitEvents,
  ServerSideEvents,
  SocketData,
  ServerData,
  Scheduled
> {
  /** The HTTP server it is attached to. */
  httpServer: HttpServer | undefined;
  /** @internal Where the connections are that come through `attach`. */
  _target: ConnectionTarget = this;
  readonly #host: NodeHost;
  readonly #options: ServerOptions;
  #gates: HttpGate[] = [];
  #isClientServed: boolean;
  /** Looked for with the first request. */
  #clientFiles: ClientFiles | null | undefined;

  constructor(options?: ServerOptions);
  constructor(server: HttpServerLike | number | string | undefined, options?: ServerOptions);
  constructor(first?: HttpServerLike | number | string | ServerOptions, second?: ServerOptions) {
    const isOptions = typeof first === "object" && first !== null && !("listen" in first);
    const options = (isOptions ? first : second) ?? {};
    const host = new NodeHost();
    super(new NodeRuntime(host, coresOfPackage(), resolveOptions(options, HOST_OPTIONS)));
    this.#host = host;
    host.closeEngine = () => {
      for (const gate of this.#gates) gate.refuseWebSockets();
    };
    this.#options = options;
    this.#isClientServed = options.serveClient ?? true;
    this._runtime.repeatHandshake = (request, repeats) =>
      repeatHandshake(this._runtime, request, repeats);
    this._runtime.start();
    if (!isOptions && first !== undefined && first !== null) this.attach(first);
  }

  /**
   * Takes the Socket.IO requests of an HTTP server, or of a new one that listens on this port. `options`
   * are added to those of the constructor, which go first. They must come before the first client:
   * throws otherwise, and for what is no option.
   */
  attach(server: HttpServerLike | number | string, options: ServerOptions = {}): this {
    if (typeof server === "function") {
      throw new Error(
        "You are trying to attach dormouse to an express request handler function. " +
          "Please pass a http.Server instance.",
      );
    }
    // Upstream's engine has no connect timeout: that of the server stays, however it was set.
    const all = { ...options, ...this.#options, connectTimeout: this.connectTimeout() };
    if (Object.keys(options).length > 0) this._runtime.configure(resolveOptions(all, HOST_OPTIONS));
    const httpServer = typeof server === "object" ? (server as HttpServer) : serve(Number(server));
    const { destroyUpgrade, destroyUpgradeTimeout, httpCompression, perMessageDeflate } = all;
    const { path = this.path(), addTrailingSlash = true } = all;
    if (options.serveClient !== undefined) this.serveClient(options.serveClient);
    const gate = new HttpGate(this._target, this.#host, optionsOf(perMessageDeflate ?? false));
    this.#gates = [...this.#gates.filter((other) => !other.isClosed), gate];
    gate.attach(httpServer, {
      path: path.replace(/\/$/, ""),
      addTrailingSlash,
      destroyUpgrade: destroyUpgrade ?? true,
      destroyUpgradeTimeout: destroyUpgradeTimeout ?? DESTROY_UPGRADE_TIMEOUT,
      compression: optionsOf(httpCompression ?? true),
      clientFiles: () => this.#filesToServe(),
    });
    this.httpServer = httpServer;
    return this;
  }

  /**
   * Whether the client's files are served, from the installed `socket.io-client`.
   *
   * @example
   * io.serveClient(false);
   */
  override serveClient(): boolean;
  override serveClient(isServed: boolean): this;
  override serveClient(isServed?: boolean): this | boolean {
    if (isServed === undefined) return this.#isClientServed;
    this.#isClientServed = isServed;
    return this;
  }

  #filesToServe(): ClientFiles | undefined {
    if (!this.#isClientServed) return undefined;
    this.#clientFiles ??= ClientFiles.find() ?? null;
    return this.#clientFiles ?? undefined;
  }

  /** The same as `attach`. */
  listen(server: HttpServerLike | number | string, options?: ServerOptions): this {
    return this.attach(server, options);
  }

  /**
   * Disconnects all clients, closes all connections and the HTTP server. Clients that do not answer the
   * close within two seconds are cut off; handshakes under way get status 503. `callback` gets the HTTP
   * server's error, if it was not running; the promise resolves all the same. If the HTTP server begins to
   * listen again, clients are taken as before.
   */
  override async close(callback?: (error?: Error) => void): Promise<void> {
    if (this._sleep.gate.isDropping) {
      // It is dropped, too, and noted whom it would have ended.
      this.engine.close();
      return;
    }
    for (const gate of this.#gates) gate.close();
    await this._closeSessions();
    this.engine.close();
    const { httpServer } = this;
    if (httpServer === undefined) {
      callback?.();
      return;
    }
    await new Promise<void>((resolve) => {
      httpServer.close((error) => {
        callback?.(error);
        resolve();
      });
    });
  }

  /**
   * Does what happens to a Durable Object in its sleep, as far as one can in a server that goes on to exist:
   * snapshots, drops everything that is in the server's own memory, restores. Clients notice nothing. What the
   * application's variables hold stays; `createServer` makes servers whose `setup` runs again. At once, or after
   * the event that is under way, and after connection listeners that run again: then it gives a promise.
   */
  hibernate(): Promise<void> | undefined {
    return this._runtime.hibernate(
      (socket, connection) => (socket as NodeTransport).bind(connection),
      remakeRequest,
    );
  }

  /** @internal Servers that somebody constructs are ready at once. */
  _ready(): Promise<void> | undefined {
    return undefined;
  }

  /** @internal Forgets everything, and gives what brings the connections back in another server. */
  _putToSleep(): SleepingConnection[] {
    const kept = this._runtime.putToSleep();
    this.#host.stop();
    return kept;
  }

  /** @internal Takes over from a server that was put to sleep: its HTTP server, and who comes through that. */
  _succeed(old: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    this.#host.storage.takeOver(old.#host.storage);
    this._runtime.statistics.resume(old._runtime.statistics.take());
    this.httpServer = old.httpServer;
    this.#gates.push(...old.#gates);
  }

  /** @internal Closes the connections of a server that was put to sleep: they cannot go on. */
  _closeForgotten(kept: readonly SleepingConnection[]): void {
    for (const { socket } of kept) {
      (socket as NodeTransport).bind(undefined);
      socket.close(SERVICE_RESTART, "the server could not start");
    }
  }

  /** @internal Takes the connections of a server that was put to sleep. */
  _restore(kept: readonly SleepingConnection[]): void {
    for (const { socket, snapshot, request } of kept) {
      const connection = this._runtime.restore(socket, snapshot, remakeRequest(request));
      (socket as NodeTransport).bind(connection);
    }
  }
}

/** Undefined if it is off. */
function optionsOf<Options extends object>(option: boolean | Options): Options | undefined {
  if (typeof option === "boolean") return option ? ({} as Options) : undefined;
  return option;
}

function serve(port: number): HttpServer {
  const server = createServer((_request, response) => {
    response.writeHead(404);
    response.end();
  });
  return server.listen(port);
}
