// What a beginner's mistakes are answered with on Node: one line each that says what to do, as on Workers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Server as Upstream } from "socket.io";
import type { Socket } from "socket.io-client";
import { WebSocket } from "ws";
import { Server, type ServerOptions } from "../../../durable-objects/node/index.ts";
import { send } from "../../support/raw-http.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

/** Lines are written once for the whole process. */
const lines: string[] = [];
console.warn = (line: string) => void lines.push(line);

const clients: Socket[] = [];

const said = (text: string): string[] => lines.filter((line) => line.includes(text));

function assertSaidOnce(text: string, remedy: RegExp): void {
  const found = said(text);
  assert.equal(found.length, 1, lines.join("\n"));
  assert.match(found[0] as string, remedy);
}

async function start(
  context: TestContext,
  options: Partial<ServerOptions> = {},
): Promise<[Server, string]> {
  const http = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new Set<NetSocket>();
  http.on("connection", (socket) => sockets.add(socket));
  const io = new Server(http, { destroyUpgradeTimeout: 10, ...options });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  context.after(() => {
    for (const client of clients.splice(0)) client.disconnect();
    // The HTTP server waits for those of all who are attached to it.
    for (const socket of sockets) socket.destroy();
    return io.close();
  });
  return [io, `http://127.0.0.1:${(http.address() as AddressInfo).port}`];
}

function open(url: string, options: object = {}): Socket {
  const client = connect(url, "", { reconnection: false, ...options });
  clients.push(client);
  return client;
}

async function refused(url: string, options: object): Promise<void> {
  await next(open(url, options), "connect_error");
}

test("clients that poll, and a client that allowRequest refuses", async (context) => {
  const allowRequest = async () => Promise.reject(new Error("sign in first"));
  const [, url] = await start(context, { allowRequest });
  for (let twice = 0; twice < 2; twice++) {
    await refused(url, { transports: ["polling"] });
    await refused(url, {});
  }
  assertSaidOnce("a client was refused: Transport unknown", /transports: \["websocket"\]/);
  assertSaidOnce("a client was refused: Forbidden (sign in first)", /option allowRequest/);
});

test("paths of others on the same HTTP server are no mistake; one that nobody has is", async (context) => {
  const [first, url] = await start(context, { path: "/first" });
  const http = first.httpServer;
  new Server(http, { path: "/second", destroyUpgradeTimeout: 10 });
  new Upstream(http, { path: "/upstream", destroyUpgradeTimeout: 10 });
  for (const path of ["/first", "/second", "/upstream", "/upstream"]) {
    await next(open(url, { path }), "connect");
  }
  await next(open(url, { path: "/upstream", transports: ["polling"] }), "connect");
  // An application's own WebSocket, and a page that is not there.
  await once(new WebSocket(`${url.replace("http", "ws")}/own`), "error");
  await send(`${url}/missing?of=clients`);
  await delay(50);
  assert.deepEqual(said("clients ask at"), []);

  // Such a URL has no host either.
  await send(`${url}//?EIO=4&transport=polling`);
  assertSaidOnce(
    'clients ask at "//", and the server\'s path is "/',
    /same for the client and the server/,
  );
});

test("two servers at one path of an HTTP server: clients of every kind go to the later one, and a line says so", async (context) => {
  const transports = ["polling", "websocket"] as const;
  const [first, url] = await start(context, { path: "/twice", transports: [...transports] });
  const second = new Server({ path: "/twice", transports: [...transports] });
  const came: string[] = [];
  first.on("connection", () => came.push("first"));
  second.on("connection", (socket) => came.push(socket.conn.transport.name));
  second.attach(first.httpServer as never).attach(first.httpServer as never);
  for (const transport of transports) {
    await next(open(url, { path: "/twice", transports: [transport] }), "connect");
  }
  assert.deepEqual(came, ["polling", "websocket"]);
  assertSaidOnce('has a Socket.IO server at "/twice/" already', /attached last/);
  second.disconnectSockets(true);
});

test("after a sleep, clients that nobody listens to", async (context) => {
  const [io, url] = await start(context, { hibernate: "always" });
  const client = open(url);
  io.on("connection", (socket) => {
    if (!socket.restored) socket.on("echo", (value, answer) => answer(value));
  });
  assert.deepEqual(await ask(client, "echo", 1), [1]);
  for (let twice = 0; twice < 2; twice++) {
    await io.hibernate();
    client.emit("echo", 2, () => {});
    await delay(50);
  }
  assertSaidOnce("an event of a client of / found no listeners", /await/);
});
