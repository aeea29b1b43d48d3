// The Node host: how it ends, and clients with it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import { connect, type Socket as NetSocket } from "node:net";
import { type TestContext, test } from "node:test";
import { type Connection, Server } from "../../../durable-objects/node/index.ts";
import { upgrade } from "../../support/raw-http.ts";
import { client, start } from "./running.ts";

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
