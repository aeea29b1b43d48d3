/** A server on an HTTP server of its own, and a stock client. */
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type Socket as ClientSocket, io as connectClient } from "socket.io-client";
import { Server, type ServerOptions } from "../../../durable-objects/node/index.ts";

export interface Running {
  io: Server;
  http: HttpServer;
  url: string;
}

export async function listen(http: HttpServer): Promise<string> {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

export async function start(context: TestContext, options: ServerOptions = {}): Promise<Running> {
  const http = createServer((_request, response) => response.end("the application's"));
  const io = new Server(http, options);
  const url = await listen(http);
  context.after(() => io.close());
  return { io, http, url };
}

export function client(context: TestContext, url: string, options: object = {}): ClientSocket {
  const socket = connectClient(url, { transports: ["websocket"], forceNew: true, ...options });
  context.after(() => socket.disconnect());
  return socket;
}
