/** Requests and upgrades of a Node HTTP server, led through the handshake. */

import type { ServerResponse } from "node:http";
import { type Server as HttpServer, type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type WebSocket, WebSocketServer } from "ws";
import { advise } from "../../../glue/common/advice.ts";
import * as DisconnectReason from "../../../glue/core/abi/disconnect-reason.gen.ts";
import type { Connection } from "../../../glue/engine/connections/connection.ts";
import {
  type EngineRequest,
  type HandshakeRequest,
  joinFields,
} from "../../../glue/engine/handshake/request.ts";
import type { HandshakeDetails } from "../../../glue/engine/host/host.ts";
import { adviseOnPath } from "../../shared/diagnostics/request-advice.ts";
import { applyCors } from "../../shared/handshake/cors.ts";
import { isUnderPath, negotiate } from "../../shared/handshake/handshake.ts";
import type { Acceptance, Negotiation } from "../../shared/handshake/handshake-checks.ts";
import { parseQuery } from "../../shared/handshake/query.ts";
import type { ConnectionTarget } from "../host/connection-target.ts";
import { type NodeHost, NodeSocket } from "../host/host.ts";
import type { ClientFiles } from "./client-files.ts";
import { DEFAULT_THRESHOLD } from "./compression.ts";
import type { HttpCompressionOptions, PerMessageDeflateOptions } from "./compression-options.ts";
import { exchangeOf, sendAnswer } from "./polling.ts";

/** How long a client may take to answer a close, before its connection is cut off. */
const CLOSE_GRACE_MS = 2_000;
const SERVICE_UNAVAILABLE = 503;
const NOT_FOUND = 404;

/** A request that `prepare` has made readable for the engine. */
type Request = IncomingMessage & EngineRequest;

const INTERNAL_ERROR = 500;

/** What was attached to an HTTP server. */
interface Gates {
  readonly byPath: Map<string, HttpGate>;
  /** The upgrade that one of them has taken last: the others hear of it right after that one. */
  taken: IncomingMessage | undefined;
}

const gatesOf = new WeakMap<HttpServer, Gates>();

/** How a server is attached. */
export interface AttachSettings {
  /** Path without the slash at its end. */
  path: string;
  /** Whether there has to be one in what clients ask for. */
  addTrailingSlash: boolean;
  /** Whether upgrade requests that nobody takes are ended. */
  destroyUpgrade: boolean;
  /** After how many milliseconds. */
  destroyUpgradeTimeout: number;
  /** Undefined if answers to polls are not compressed. */
  compression: HttpCompressionOptions | undefined;
  /** The client's files, if they are served at the moment. */
  clientFiles: () => ClientFiles | undefined;
}

/** Handles the requests to the server's path; the others go to the listeners that the HTTP server had before. */
export class HttpGate {
  readonly #target: ConnectionTarget;
  readonly #host: NodeHost;
  /** How messages are packed; undefined if they are not. */
  readonly #deflation: PerMessageDeflateOptions | undefined;
  #webSockets: WebSocketServer;
  /** Functions that give up handshakes under way. */
  readonly #pending = new Set<() => void>();
  #isClosed = false;
  readonly #accepted = new WeakMap<IncomingMessage, Acceptance>();

  /** `deflation`: how messages are packed; undefined: they are not. */
  constructor(
    target: ConnectionTarget,
    host: NodeHost,
    deflation: PerMessageDeflateOptions | undefined,
  ) {
    this.#target = target;
    this.#host = host;
    this.#deflation = deflation;
    this.#webSockets = this.#takeWebSockets();
  }

  #takeWebSockets(): WebSocketServer {
    const webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Not in its types yet.
      ...{ closeTimeout: CLOSE_GRACE_MS },
      perMessageDeflate: this.#deflation ?? false,
      maxPayload: this.#target._runtime.options.maxHttpBufferSize,
      handleProtocols: (_protocols, request) => this.#accepted.get(request)?.subprotocol ?? false,
    });
    webSockets.on("headers", (lines: string[], request: IncomingMessage) => {
      const headers = this.#accepted.get(request)?.headers;
      if (headers !== undefined) lines.push(...headerLines(headers));
    });
    return webSockets;
  }

  /** Puts itself in front of the server's own listeners. */
  attach(server: HttpServer, settings: AttachSettings): void {
    const gates = noteAttached(this, server, settings.path);
    const others = server.listeners("request");
    server.removeAllListeners("request");
    server.on("request", (request, response) => {
      if (isSocketIoRequest(request, settings))
        this.#handleRequest(prepare(request), response, settings);
      else {
        adviseIfMissing(request, response, settings.path);
        for (const listener of others) listener.call(server, request, response);
      }
    });
    // As with requests, the gate that was attached last has the first word.
    server.prependListener("upgrade", (request, socket, head) => {
      if (gates.taken === request) return;
      if (isSocketIoRequest(request, settings)) {
        gates.taken = request;
        this.#handleUpgrade(prepare(request), socket, head);
      } else if (settings.destroyUpgrade) {
        endIfIdle(socket, settings.destroyUpgradeTimeout, () =>
          adviseOnRequest(request, settings.path),
        );
      }
    });
    server.on("close", () => this.#closeConnections());
    server.on("listening", () => {
      this.#isClosed = false;
      this.#webSockets = this.#takeWebSockets();
    });
  }

  // Not the engine: other HTTP servers go on taking WebSockets.
  #closeConnections(): void {
    const runtime = this.#target._runtime;
    for (const connection of runtime.connections()) {
      runtime.closeConnection(connection, DisconnectReason.forced_close);
    }
  }

  /** Whether all handshakes are refused. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** From now on valid WebSocket requests get status 503, until the HTTP server listens again. */
  refuseWebSockets(): void {
    this.#webSockets.close();
  }

  /**
   * Refuses handshakes, those under way too, with status 503, until the HTTP server listens again.
   */
  close(): void {
    this.#isClosed = true;
    for (const giveUp of this.#pending) giveUp();
    this.#pending.clear();
  }

  async #handleRequest(
    request: Request,
    response: ServerResponse,
    settings: AttachSettings,
  ): Promise<void> {
    const files = settings.clientFiles();
    const name = files?.nameOf(request, settings.path);
    if (files !== undefined && name !== undefined) {
      await this.#setCors(request, response);
      files.send(name, request, response);
      return;
    }
    const negotiation = await this.#negotiate(request, () => {
      response.writeHead(SERVICE_UNAVAILABLE, { Connection: "close" });
      response.end();
    });
    if (negotiation?.kind === "accepted")
      await this.#poll(request, response, negotiation, settings);
    if (negotiation?.kind !== "answered") return;
    for (const [name, value] of negotiation.headers) response.appendHeader(name, value);
    response.writeHead(negotiation.status);
    response.end(negotiation.body ?? undefined);
  }

  /** A request of a client that polls. */
  async #poll(
    request: Request,
    response: ServerResponse,
    accepted: Acceptance,
    { compression }: AttachSettings,
  ): Promise<void> {
    const { polling } = this.#target._runtime;
    const visitor = {
      ...accepted,
      request,
      get details() {
        return detailsOf(request);
      },
    };
    const answer = await polling?.answer(visitor, exchangeOf(request, response));
    if (answer === undefined) return;
    await sendAnswer(request, response, answer, accepted.headers, compression);
  }

  /** Sets the CORS headers of an answer that is no handshake. */
  async #setCors(request: Request, response: ServerResponse): Promise<void> {
    const runtime = this.#target._runtime;
    const headers = new Headers();
    try {
      await applyCors(runtime.options.cors, request, headers);
    } catch (error) {
      runtime._report(error, "cors");
    }
    for (const [header, value] of headers) response.appendHeader(header, value);
  }

  /** Synchronous if no function of the application is asked: as upstream, it answers before other listeners run. */
  #handleUpgrade(request: Request, socket: Duplex, head: Buffer): void {
    const giveUp = () => endWith(socket, SERVICE_UNAVAILABLE, new Headers(), "");
    if (this.#isClosed) {
      giveUp();
      return;
    }
    const negotiation = this.#negotiateWhenReady({ request, isUpgrade: true });
    if (negotiation instanceof Promise) {
      this.#upgradeLater(negotiation, giveUp, request, socket, head);
    } else {
      this.#upgrade(negotiation, request, socket, head);
    }
  }

  async #upgradeLater(
    negotiating: Promise<Negotiation>,
    giveUp: () => void,
    request: Request,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const onError = () => socket.destroy();
    socket.on("error", onError);
    const negotiation = await this.#untilClosed(negotiating, giveUp);
    if (negotiation === undefined) return;
    if (negotiation.kind === "accepted") socket.removeListener("error", onError);
    this.#upgrade(negotiation, request, socket, head);
  }

  #upgrade(negotiation: Negotiation, request: Request, socket: Duplex, head: Buffer): void {
    if (negotiation.kind === "answered") {
      endWith(socket, negotiation.status, negotiation.headers, negotiation.body ?? "");
      return;
    }
    const { headers, subprotocol } = negotiation;
    if (headers !== undefined || subprotocol !== undefined)
      this.#accepted.set(request, negotiation);
    // The answer and the first packet go out with one write, which costs as much as either.
    socket.cork();
    try {
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#open(webSocket, request, negotiation);
      });
    } finally {
      socket.uncork();
    }
  }

  /** For a request without upgrade. Undefined if the server was closed: `giveUp` has answered then. */
  async #negotiate(request: Request, giveUp: () => void): Promise<Negotiation | undefined> {
    if (this.#isClosed) return void giveUp();
    const negotiating = this.#negotiateWhenReady({ request, isUpgrade: false });
    return this.#untilClosed(negotiating, giveUp);
  }

  /** Waits for a negotiation that has begun. Undefined if the server was closed meanwhile, which calls `giveUp`. */
  async #untilClosed(
    negotiating: Negotiation | Promise<Negotiation>,
    giveUp: () => void,
  ): Promise<Negotiation | undefined> {
    this.#pending.add(giveUp);
    const negotiation = await negotiating;
    return this.#pending.delete(giveUp) ? negotiation : undefined;
  }

  /** Once the server has started. */
  #negotiateWhenReady(handshake: HandshakeRequest): Negotiation | Promise<Negotiation> {
    const run = () => negotiate(this.#target._runtime, handshake, handshake.request);
    const ready = this.#target._ready();
    if (ready === undefined) return run();
    return ready.then(run, () => {
      // It was told of where it happened.
      return { kind: "answered", status: INTERNAL_ERROR, headers: new Headers(), body: null };
    });
  }

  #open(webSocket: WebSocket, request: Request, accepted: Acceptance): void {
    const deflation = this.#deflation;
    const packedFrom = deflation && (deflation.threshold ?? DEFAULT_THRESHOLD);
    const transport = new NodeSocket(webSocket, this.#host, packedFrom);
    transport.listen(this.#target);
    const runtime = this.#target._runtime;
    const { sid, id, protocol, repeats } = accepted;
    const bind = (connection?: Connection) => transport.bind(connection);
    if (sid !== undefined) {
      runtime.polling?.upgrade(sid, transport, transport, bind);
      return;
    }
    const details = detailsOf(request);
    bind(runtime.handleOpen(transport, { id, protocol, details, request, repeats }));
  }
}

/** Returns what else is attached there. Says so if the clients of an earlier gate now go to this one. */
function noteAttached(gate: HttpGate, server: HttpServer, path: string): Gates {
  const gates = gatesOf.get(server) ?? { byPath: new Map(), taken: undefined };
  gatesOf.set(server, gates);
  const before = gates.byPath.get(path);
  gates.byPath.set(path, gate);
  if (before === undefined || before.isClosed) return gates;
  advise(
    "attach",
    `the HTTP server has a Socket.IO server at "${path}/" already: clients go to the one that was attached last. ` +
      "Attach one of them, or give them paths.",
  );
  return gates;
}

/** Upstream compares the beginning of the URL, slash included. */
function isSocketIoRequest(request: IncomingMessage, settings: AttachSettings): boolean {
  return isUnderPath(request.url ?? "", settings.path, settings);
}

function prepare(request: IncomingMessage): Request {
  const prepared = request as Request;
  prepared._query = parseQuery(request.url ?? "");
  return prepared;
}

function detailsOf(request: Request): HandshakeDetails {
  return {
    url: request.url ?? "",
    method: request.method ?? "",
    headers: fieldsOf(request),
    query: request._query,
    address: request.socket.remoteAddress ?? "",
    secure: Boolean((request.socket as TLSSocket).encrypted),
  };
}

/** The request's own headers wherever each has one value, as nearly always. */
function fieldsOf({ headers }: Request): Record<string, string> {
  for (const name in headers) {
    if (typeof headers[name] !== "string") return joinFields(headers);
  }
  return headers as Record<string, string>;
}

function headerLines(headers: Headers): string[] {
  return [...headers].map(([name, value]) => `${name}: ${value}`);
}

function endWith(socket: Duplex, status: number, headers: Headers, body: string): void {
  headers.set("Connection", "close");
  headers.set("Content-Length", String(Buffer.byteLength(body)));
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, ...headerLines(headers)];
  socket.on("error", () => socket.destroy());
  // A client that never closes its side must not keep the server open.
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

/** Says what is wrong if nobody else on the HTTP server has the path that a client asks for. */
function adviseIfMissing(request: IncomingMessage, response: ServerResponse, path: string): void {
  if (!request.url?.includes("EIO=")) return;
  response.once("finish", () => {
    if (response.statusCode === NOT_FOUND) adviseOnRequest(request, path);
  });
}

function adviseOnRequest({ url = "" }: IncomingMessage, path: string): void {
  adviseOnPath({ url }, path, "the client and the server");
}

/** Another listener may take the upgrade; if none does, the socket is ended, and `tell` is called. */
function endIfIdle(socket: Duplex, timeout: number, tell: () => void): void {
  const timer = setTimeout(() => {
    const { writable, bytesWritten } = socket as Duplex & { bytesWritten?: number };
    if (!writable || (bytesWritten ?? 0) > 0) return;
    tell();
    socket.on("error", () => {});
    socket.end(() => socket.destroy());
  }, timeout);
  timer.unref();
}
