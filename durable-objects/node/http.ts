/** Requests and upgrades of a Node HTTP server, led through the handshake. */

import type { ServerResponse } from "node:http";
import { type Server as HttpServer, type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";
import type { HandshakeDetails } from "../../glue/engine/host.ts";
import type { EngineRequest } from "../../glue/engine/request.ts";
import type { Runtime } from "../../glue/engine/runtime.ts";
import { type Acceptance, isUnderPath, negotiate } from "../shared/handshake.ts";
import { type NodeHost, NodeSocket } from "./host.ts";

type Request = IncomingMessage & { _query: Record<string, string> };

/** How a server is attached. */
export interface AttachSettings {
  /** Path without the slash at its end. */
  path: string;
  /** Whether upgrade requests that nobody takes are ended. */
  destroyUpgrade: boolean;
  /** After how many milliseconds. */
  destroyUpgradeTimeout: number;
}

/** Takes the requests that are ours; the others go to whom they went before. */
export class HttpGate {
  readonly #runtime: Runtime;
  readonly #host: NodeHost;
  readonly #webSockets: WebSocketServer;
  readonly #accepted = new WeakMap<IncomingMessage, Acceptance>();

  constructor(runtime: Runtime, host: NodeHost) {
    this.#runtime = runtime;
    this.#host = host;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: runtime.options.maxHttpBufferSize,
      handleProtocols: (_protocols, request) => this.#accepted.get(request)?.subprotocol ?? false,
    });
    this.#webSockets.on("headers", (lines: string[], request: IncomingMessage) => {
      const headers = this.#accepted.get(request)?.headers;
      if (headers !== undefined) lines.push(...headerLines(headers));
    });
  }

  /** Puts itself in front of the server's own listeners. */
  attach(server: HttpServer, settings: AttachSettings): void {
    const others = server.listeners("request");
    server.removeAllListeners("request");
    server.on("request", (request, response) => {
      if (isOurs(request, settings.path)) this.#handleRequest(prepare(request), response);
      else for (const listener of others) listener.call(server, request, response);
    });
    server.on("upgrade", (request, socket, head) => {
      if (isOurs(request, settings.path)) this.#handleUpgrade(prepare(request), socket, head);
      else if (settings.destroyUpgrade) endIfIdle(socket, settings.destroyUpgradeTimeout);
    });
    server.on("close", () => this.#runtime.engine.close());
  }

  async #handleRequest(request: Request, response: ServerResponse): Promise<void> {
    const negotiation = await negotiate(this.#runtime, request as EngineRequest, false, request);
    // Without an upgrade nothing is accepted.
    if (negotiation.kind !== "answered") return;
    for (const [name, value] of negotiation.headers) response.appendHeader(name, value);
    response.writeHead(negotiation.status);
    response.end(negotiation.body ?? undefined);
  }

  async #handleUpgrade(request: Request, socket: Duplex, head: Buffer): Promise<void> {
    const onError = () => socket.destroy();
    socket.on("error", onError);
    const negotiation = await negotiate(this.#runtime, request as EngineRequest, true, request);
    if (negotiation.kind === "answered") {
      endWith(socket, negotiation.status, negotiation.headers, negotiation.body ?? "");
      return;
    }
    socket.removeListener("error", onError);
    this.#accepted.set(request, negotiation);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const hostSocket = new NodeSocket(webSocket, this.#host);
      const { protocol, id } = negotiation;
      hostSocket.listen(this.#runtime);
      const engineRequest = request as EngineRequest;
      hostSocket.connection = this.#runtime.handleOpen(
        hostSocket,
        detailsOf(request),
        protocol,
        id,
        engineRequest,
      );
    });
  }
}

/** Upstream compares the beginning of the URL, slash included. */
function isOurs(request: IncomingMessage, path: string): boolean {
  return isUnderPath(request.url ?? "", path);
}

function prepare(request: IncomingMessage): Request {
  const url = new URL(request.url ?? "", "http://localhost");
  return Object.assign(request, { _query: Object.fromEntries(url.searchParams) });
}

function detailsOf(request: Request): HandshakeDetails {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return {
    url: request.url ?? "",
    method: request.method ?? "",
    headers,
    query: request._query,
    address: request.socket.remoteAddress ?? "",
    secure: Boolean((request.socket as TLSSocket).encrypted),
  };
}

function headerLines(headers: Headers): string[] {
  return [...headers].map(([name, value]) => `${name}: ${value}`);
}

function endWith(socket: Duplex, status: number, headers: Headers, body: string): void {
  headers.set("Connection", "close");
  headers.set("Content-Length", String(Buffer.byteLength(body)));
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, ...headerLines(headers)];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Another listener may take the upgrade; if none does, the socket is ended. */
function endIfIdle(socket: Duplex, timeout: number): void {
  const timer = setTimeout(() => {
    const { writable, bytesWritten } = socket as Duplex & { bytesWritten?: number };
    if (!writable || (bytesWritten ?? 0) > 0) return;
    socket.on("error", () => {});
    socket.end();
  }, timeout);
  timer.unref();
}
