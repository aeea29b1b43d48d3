// The Node host: how it ends, and clients with it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import { connect, type Socket as NetSocket } from "node:net";
import { type TestContext, test } from "node:test";
import { Server as Upstream } from "socket.io";
import {
  type Connection,
  createServer as createObject,
  Server,
} from "../../../durable-objects/node/index.ts";
import { send, upgrade } from "../../support/raw-http.ts";
import { client, listen, start } from "./running.ts";

test("close: clients are gone, the port is free, and it can listen again", async (context) => {
  const { io, url } = await start(context);
  const socket = client(context, url, { reconnection: false });
  await once(socket as never, "connect");
  const { port } = new URL(url);
  const gone = new Promise<string>((resolve) => {
    socket.on("disconnect", (reason) => {
      const probe = connect(Number(port), "127.0.0.1");
      probe.on("error", () => resolve(reason));
      probe.on("connect", () => resolve("the port is still taken"));
    });
  });
  await io.close();
  assert.equal(await gone, "transport close");
  io.listen(Number(port));
  await once(io.httpServer as HttpServer, "listening");
  await once(client(context, url) as never, "connect");
});

test("close twice: the callback hears that it was not running, the promise resolves", async () => {
  const io = new Server(createServer());
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    void io.close(resolve);
  });
  assert.equal(error?.code, "ERR_SERVER_NOT_RUNNING");
  await io.close();
});

/** A client that opens a WebSocket by hand and then says nothing, not even to a close. */
async function mute(context: TestContext, url: string): Promise<NetSocket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  context.after(() => socket.destroy());
  const lines = [
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  return socket;
}

/** Resolves once a client's connection is over, from the server's side. */
async function cutOff(socket: NetSocket): Promise<void> {
  socket.resume();
  if (!socket.readableEnded) await once(socket, "end");
}

test("close: a client that answers no close is cut off after a while", async (context) => {
  const { io, url } = await start(context);
  const socket = await mute(context, url);
  await once(io.engine as never, "connection");
  // A client of 30 s of silence would keep it open for as long.
  await Promise.all([io.close(), cutOff(socket)]);
});

const ENDS: [string, (conn: Connection, io: Server) => unknown][] = [
  ["engine.close", (_conn, io) => io.engine.close()],
  ["conn.close", (conn) => conn.close()],
];
for (const [what, end] of ENDS) {
  test(`${what}: a client that answers no close is cut off after a while`, async (context) => {
    const { io, url } = await start(context);
    const socket = await mute(context, url);
    const [conn] = (await once(io.engine as never, "connection")) as [Connection];
    end(conn, io);
    await cutOff(socket);
  });
}

test("close: handshakes under way, and later ones, are refused with 503", async (context) => {
  let asked = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const answers: (() => void)[] = [];
  const { io, url } = await start(context, {
    allowRequest: (_request, callback) => {
      answers.push(() => callback(null, true));
      asked();
    },
  });
  const waiting = upgrade(url);
  await isAsked;
  const closed = io.close();
  assert.equal((await waiting).status, 503);
  await closed;
  for (const answer of answers) answer();
  await new Promise(setImmediate);
  assert.equal(io.engine.clientsCount, 0);
});

test("close: a refused client that does not go away keeps nothing open", async (context) => {
  const { io, url } = await start(context, { allowRequest: () => false });
  const socket = await mute(context, url);
  // Half open: it got the answer, and does not end its side.
  socket.allowHalfOpen = true;
  await once(socket, "data");
  await io.close();
});

test("a closed HTTP server takes its connections along", async (context) => {
  const { http, url } = await start(context);
  const socket = client(context, url, { reconnection: false });
  await once(socket as never, "connect");
  const disconnected = once(socket as never, "disconnect");
  http.close();
  http.emit("close");
  await disconnected;
});

/** The statuses of who comes to an HTTP server of the application's: a WebSocket, somebody who polls and upgrades. */
async function visit(url: string): Promise<number[]> {
  const polled = await send(`${url}/socket.io/?EIO=4&transport=polling`);
  const sid = /"sid":"([^"]+)"/.exec(polled.body)?.[1];
  const query = `EIO=4&transport=websocket&sid=${sid}`;
  const webSocket = await upgrade(url);
  return [webSocket.status, polled.status, (await upgrade(url, {}, query)).status];
}

const ALL = [101, 200, 101];
const NO_WEB_SOCKETS = [503, 200, 503];
for (const [name, make] of [
  ["upstream", (http: HttpServer) => new Upstream(http)],
  [
    "dormouse",
    (http: HttpServer) => new Server(http, { transports: ["polling", "websocket"] }) as never,
  ],
] as [string, (http: HttpServer) => Upstream][]) {
  test(`${name}: who comes after a close, and once the HTTP server listens again`, async (context) => {
    const http = createServer();
    const io = make(http);
    const other = createServer();
    context.after(() => {
      for (const server of [http, other]) server.close().closeAllConnections();
    });
    let url = await listen(http);
    io.engine.close();
    assert.deepEqual(await visit(url), NO_WEB_SOCKETS, "after engine.close()");
    const unknown = await upgrade(url, {}, "EIO=4&transport=websocket&sid=unknown");
    assert.equal(unknown.status, 400, "what is wrong with the request goes first");
    io.attach(other as never);
    assert.deepEqual(await visit(await listen(other)), ALL, "by another HTTP server");
    assert.deepEqual(await visit(url), NO_WEB_SOCKETS, "by that of before");
    http.close().closeAllConnections();
    await once(http, "close");
    url = await listen(http);
    assert.deepEqual(await visit(url), ALL, "listening again");
    other.closeAllConnections();
    await io.close();
    assert.deepEqual(await visit(await listen(other)), ALL, "after io.close(), listening again");
  });
}

test("engine.close: WebSockets stay away through a sleep; one that is repeated after a sleep closes nothing", async (context) => {
  const closing = new Set<string>();
  class Chat extends createObject((io) => {
    io.on("connection", (socket) => {
      if (closing.has(socket.id)) io.engine.close();
      socket.on("close the engine", () => io.engine.close());
      socket.on("echo", (answer) => answer());
    });
  }) {}
  const http = createServer();
  const chat = new Chat(http);
  const url = await listen(http);
  context.after(() => chat.io.close());
  const socket = client(context, url, { reconnection: false });
  await once(socket as never, "connect");
  closing.add(socket.id as string);
  await chat.hibernate();
  const gone = once(socket as never, "disconnect");
  // Its listener runs again, and would have ended it.
  socket.emit("echo", () => {});
  await gone;
  assert.equal((await upgrade(url)).status, 101);
  const last = client(context, url, { reconnection: false });
  await once(last as never, "connect");
  await chat.hibernate();
  last.emit("close the engine");
  await once(last as never, "disconnect");
  assert.equal((await upgrade(url)).status, 503);
  await chat.hibernate();
  assert.equal((await upgrade(url)).status, 503);
});
