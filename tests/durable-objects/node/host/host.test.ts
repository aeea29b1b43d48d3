// The Node host: its constructor, messages, back pressure, sleep.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { type TestContext, test } from "node:test";
import { Server as Upstream } from "socket.io";
import { WebSocket } from "ws";
import {
  type Connection,
  Server,
  type ServerOptions,
  type Socket,
} from "../../../../durable-objects/node/index.ts";
import type { EnginePacket } from "../../../../glue/engine/connections/connection.ts";
import { hasAddedProperties } from "../../../../glue/sleep/surroundings/added-properties.ts";
import { HiddenSearch } from "../../../../glue/sleep/values/hidden-properties.ts";
import { BareClient } from "../../../support/bare-client.ts";
import { send } from "../../../support/raw-http.ts";
import { client, listen, start } from "../running.ts";

/** A client that can stop reading, and its socket on the server. */
async function joinBare(
  context: TestContext,
  io: Server,
  url: string,
): Promise<{ bare: BareClient; socket: Socket }> {
  const bare = new BareClient(`${url}/socket.io/?EIO=4&transport=websocket`, {
    answersPings: true,
  });
  context.after(() => bare.end());
  await bare.received("0");
  const joined = once(io as never, "connection") as Promise<[Socket]>;
  bare.send("40");
  const [socket] = await joined;
  await bare.received("40");
  return { bare, socket };
}

test("a stock client connects, and its events come and go", async (context) => {
  const { io, url } = await start(context);
  io.on("connection", (socket) => {
    socket.on("echo", (value, answer) => answer(value, Buffer.isBuffer(value.bytes)));
  });
  const socket = client(context, url, { auth: { token: "t" } });
  const answer = await new Promise<unknown[]>((resolve) => {
    socket.emit("echo", { text: "ü", bytes: Buffer.from([1]) }, (...args: unknown[]) => {
      resolve(args);
    });
  });
  assert.deepEqual(answer, [{ text: "ü", bytes: Buffer.from([1]) }, true]);
});

test("broadcasts of every length reach all, in order", async (context) => {
  const { io, url } = await start(context);
  const texts = [0, 1, 100, 125, 126, 65_535, 65_536, 200_000].map((length) => "é".repeat(length));
  const clients = [client(context, url), client(context, url)];
  await Promise.all(clients.map((socket) => once(socket as never, "connect")));
  const received = clients.map((socket) => {
    const seen: string[] = [];
    return new Promise<string[]>((resolve) => {
      socket.on("text", (text: string) => {
        if (seen.push(text) === texts.length) resolve(seen);
      });
    });
  });
  for (const text of texts) io.emit("text", text);
  for (const seen of await Promise.all(received)) assert.deepEqual(seen, texts);
});

test("a broadcast reaches clients of every kind, and nobody behind what a listener of its packets closes", async (context) => {
  const { io, url } = await start(context, { transports: ["polling", "websocket"] });
  const joined: Socket[] = [];
  const clients: ReturnType<typeof client>[] = [];
  const transports = ["websocket", "polling", "websocket", "websocket"];
  for (const transport of transports) {
    const connected = once(io as never, "connection") as Promise<[Socket]>;
    const one = client(context, url, { transports: [transport] });
    const welcomed = once(one as never, "connect");
    joined.push((await connected)[0]);
    clients.push(one);
    await welcomed;
  }
  const seen = clients.map(() => [] as string[]);
  for (const [at, one] of clients.entries()) one.onAny((event: string) => seen[at]?.push(event));
  const [first, , listening, last] = joined as [Socket, Socket, Socket, Socket];
  const announced: unknown[] = [];
  listening.conn.on("packetCreate", ({ data }) => announced.push(data));
  const received = clients.map((one) => new Promise((resolve) => one.on("both", resolve)));
  io.emit("both");
  // Nothing more can be written in this turn, as upstream.
  io.volatile.emit("volatile");
  await Promise.all(received);

  listening.conn.on("packetCreate", ({ data }) => {
    if (data === '2["bye"]') first.conn.close();
  });
  const before = once(clients[0] as never, "disconnect");
  const after = [1, 2, 3].map((at) => once(clients[at] as never, "after"));
  io.emit("bye");
  io.emit("after");
  await Promise.all([before, ...after]);
  assert.equal(last.connected, true);
  assert.deepEqual(announced, ['2["both"]', '2["bye"]', '2["after"]']);
  const all = ["both", "bye", "after"];
  assert.deepEqual(seen, [["both", "bye"], all, all, all]);
});

test("it can be made with options, a port, a server, and attached later", async (context) => {
  const http = createServer();
  const io = new Server({ pingInterval: 1000 });
  assert.equal(io.httpServer, undefined);
  assert.equal(io.attach(http), io);
  assert.equal(io.httpServer, http);
  const url = await listen(http);
  const socket = client(context, url);
  await once(socket as never, "connect");
  await io.close();

  const other = new Server(0);
  assert.ok(other.httpServer);
  await once(other.httpServer, "listening");
  const { port } = other.httpServer.address() as AddressInfo;
  assert.equal((await send(`http://127.0.0.1:${port}/`)).status, 404);
  await other.close();
});

test("no server and no options are null, too", async () => {
  assert.equal(new Server(null as never).httpServer, undefined);
  assert.equal(new Server(null as never, { path: "/other" }).path(), "/other");
});

test("options may come with the server; those of the constructor go first, as upstream", async (context) => {
  const opts: unknown[] = [];
  for (const Class of [Upstream, Server] as (typeof Server)[]) {
    const http = createServer();
    const io = new Class({ pingTimeout: 6_000 });
    io.of("/chat").on("connection", (socket) => socket.emit("welcome"));
    io.of(/^\/room-\d+$/);
    io.connectTimeout(5_000);
    io.attach(http, {
      connectTimeout: 1_000,
      pingTimeout: 1_000,
      pingInterval: 24_000,
      maxHttpBufferSize: 100,
      path: "/live",
      cors: { origin: "https://a.example" },
      generateId: () => "made by the option",
    });
    context.after(() => io.close());
    const url = await listen(http);
    const eio = io.eio as unknown as { opts: Record<string, unknown> };
    const { pingTimeout, pingInterval, maxHttpBufferSize } = eio.opts;
    opts.push([pingTimeout, pingInterval, maxHttpBufferSize, io.connectTimeout()]);
    const raw = new WebSocket(`${url.replace("http", "ws")}/live/?EIO=4&transport=websocket`);
    const [frame] = (await once(raw, "message")) as [Buffer];
    const { upgrades, sid, ...handshake } = JSON.parse(`${frame}`.slice(1));
    opts.push(handshake);
    if (Class === Server) assert.equal(sid, "made by the option");
    raw.close();
    const polling = await send(`${url}/live/?EIO=4&transport=none`, {
      headers: { origin: "https://a.example" },
    });
    opts.push(polling.headers["access-control-allow-origin"]);
    const socket = client(context, `${url}/chat`, { path: "/live" });
    await once(socket as never, "welcome");
    const dynamic = client(context, `${url}/room-1`, { path: "/live", forceNew: true });
    await once(dynamic as never, "connect");
  }
  assert.deepEqual(opts.slice(3), opts.slice(0, 3));
});

test("options that come with the server are checked, and come before the first client", async (context) => {
  const { io, http, url } = await start(context);
  // A server closes the HTTP server that it was attached to last.
  context.after(() => http.close());
  const misspelt = { pingIntervall: 1 } as ServerOptions;
  assert.throws(() => io.attach(createServer(), misspelt), /unknown option "pingIntervall"/);
  const socket = client(context, url);
  await once(socket as never, "connect");
  assert.throws(
    () => io.attach(createServer(), { pingInterval: 1_000 }),
    /options cannot change while clients are connected/,
  );
  assert.equal(socket.connected, true);
  // Nor while the last one's end is being told.
  const attached = new Promise<unknown>((resolve) => {
    io.sockets.sockets.get(socket.id as string)?.on("disconnect", () => {
      try {
        resolve(io.attach(createServer(), { pingInterval: 1_000 }));
      } catch (error) {
        resolve(error);
      }
    });
  });
  socket.disconnect();
  assert.match(String(await attached), /options cannot change while clients are connected/);
  socket.connect();
  await once(socket as never, "connect");
  const other = createServer();
  io.attach(other);
  const second = client(context, await listen(other));
  await once(second as never, "connect");
  assert.equal(io.engine.clientsCount, 2);
});

test("an Express application is refused with a hint", () => {
  const application = (() => {}) as never;
  assert.throws(() => new Server().attach(application), /express request handler function/);
});

test("an unknown option is refused by name", () => {
  assert.throws(() => new Server({ pingIntervall: 1 } as ServerOptions), /pingIntervall/);
  assert.throws(() => new Server({ destroyUpgrade: 1 } as never), /destroyUpgrade/);
});

test("requests for other paths go to those who had them before", async (context) => {
  const { io, url } = await start(context, { path: "/chat" });
  assert.equal(io.path(), "/chat");
  assert.equal((await send(`${url}/`)).body, "the application's");
  assert.equal((await send(`${url}/socket.io/?EIO=4&transport=polling`)).body, "the application's");
  assert.equal((await send(`${url}/chat`)).body, "the application's");
  assert.equal((await send(`${url}/chat/?EIO=4&transport=polling`)).status, 400);
  await once(client(context, url, { path: "/chat" }) as never, "connect");
});

// --- handshakes --------------------------------------------------------------------------------------

test("a message over the limit closes the WebSocket with 1009", async (context) => {
  const { io, url } = await start(context, { maxHttpBufferSize: 100 });
  const reason = new Promise((resolve) => {
    io.on("connection", (socket) => void socket.on("disconnect", resolve));
  });
  const webSocket = new WebSocket(
    `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
  );
  await once(webSocket, "open");
  webSocket.send("40");
  webSocket.send(`42["a","${"a".repeat(100)}"]`);
  const [code] = (await once(webSocket, "close")) as [number];
  assert.equal(code, 1009);
  assert.equal(await reason, "transport error");
});

test("heartbeats keep a connection, silence ends it", async (context) => {
  const { io, url } = await start(context, { pingInterval: 100, pingTimeout: 4_000 });
  const reasons: string[] = [];
  io.on("connection", (socket) => void socket.on("disconnect", (why) => void reasons.push(why)));
  const alive = client(context, url);
  await once(alive as never, "connect");
  const silent = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  await once(silent, "open");
  silent.send("40");
  await once(silent, "close");
  assert.deepEqual(reasons, ["ping timeout"]);
  assert.equal(alive.connected, true);
});

// --- the end -----------------------------------------------------------------------------------------

test("volatile: to a client that does not read nothing is added beyond what upstream adds", async (context) => {
  const waiting: number[] = [];
  for (const Class of [Upstream, Server] as (typeof Server)[]) {
    const http = createServer();
    const io = new Class(http, { transports: ["websocket"] });
    context.after(() => io.close());
    const sockets: NetSocket[] = [];
    http.on("connection", (socket: NetSocket) => sockets.push(socket));
    const url = await listen(http);
    const { bare, socket } = await joinBare(context, io, url);
    bare.pause();
    const text = "x".repeat(65_536);
    for (let sent = 0; sent < 1_000; sent++) {
      socket.volatile.emit("water", text);
      await new Promise(setImmediate);
    }
    waiting.push(sockets[0]?.writableLength ?? Number.NaN);
    // Before the server closes, which waits long for a client that does not read.
    bare.end();
  }
  const [upstream = 0, ours = 0] = waiting;
  assert.ok(ours <= upstream + 70_000, `${ours} against ${upstream}`);
});

test("a client that does not read is closed when more waits than may", async (context) => {
  const { io, url } = await start(context, { maxBufferedAmount: 1e6 });
  const { bare, socket } = await joinBare(context, io, url);
  bare.pause();
  // What goes to one goes another way than what goes to several.
  const reader = client(context, url);
  await once(reader as never, "connect");
  const gone = new Promise<unknown[]>((resolve) =>
    socket.on("disconnect", (...args) => resolve(args)),
  );
  const text = "x".repeat(65_536);
  while (socket.connected) {
    const read = once(reader as never, "water");
    io.emit("water", text);
    await read;
  }
  const [reason, error] = (await gone) as [string, Error];
  assert.equal(reason, "transport error");
  assert.match(error.message, /^the client does not read: \d+ bytes wait for it$/);
});

test("what one turn sends may be more, and what the next one adds comes, too", async (context) => {
  const { io, url } = await start(context, { maxBufferedAmount: 1e6 });
  const { bare, socket } = await joinBare(context, io, url);
  bare.pause();
  const text = "x".repeat(65_536);
  const count = 400;
  for (let sent = 0; sent < count; sent++) socket.emit("water", text);
  await new Promise(setImmediate);
  socket.emit("dry");
  bare.resume();
  await bare.received('42["dry"]');
  assert.equal(bare.frames.filter((frame) => frame.startsWith('42["water"')).length, count);
});

test("drain and the callback of send come once the frame is handed on, as upstream", async (context) => {
  for (const Class of [Upstream, Server] as (typeof Server)[]) {
    const http = createServer();
    const io = new Class(http, { transports: ["websocket"] });
    context.after(() => io.close());
    const url = await listen(http);
    const connected = once(io.engine as never, "connection") as Promise<[Connection]>;
    client(context, url);
    const [conn] = await connected;
    const order: string[] = [];
    conn.on("drain", () => order.push("drain"));
    const sent = new Promise<void>((resolve) => {
      conn.send("4hello", () => {
        order.push("sent");
        resolve();
      });
    });
    order.push("returned");
    await sent;
    await new Promise(setImmediate);
    assert.deepEqual(order.slice(0, 3).sort(), ["drain", "returned", "sent"], Class.name);
    assert.equal(order[0], "returned");
  }
});

test("hibernate: clients go on as if nothing had happened", async (context) => {
  const { io, url } = await start(context);
  io.on("connection", (socket) => {
    socket.data.count ??= 0;
    socket.join("room");
    socket.on("count", (answer) => answer(++socket.data.count, socket.id, [...socket.rooms]));
  });
  const socket = client(context, url);
  const ask = () =>
    new Promise<unknown[]>((resolve) => {
      socket.emit("count", (...args: unknown[]) => resolve(args));
    });
  const before = await ask();
  io.hibernate();
  const [count, ...same] = await ask();
  assert.equal(count, 2);
  assert.deepEqual(same, before.slice(1));
  assert.equal(io.engine.clientsCount, 1);
});

test("what the engine's connection listeners listen to is heard of a broadcast that is the first after a sleep", async (context) => {
  const { io, url } = await start(context);
  const heard: unknown[] = [];
  io.engine.on("connection", (conn: Connection) => {
    conn.on("packetCreate", ({ data }: EnginePacket) => heard.push(data));
  });
  io.on("connection", () => {});
  const clients = [client(context, url), client(context, url)];
  await Promise.all(clients.map((each) => once(each as never, "connect")));
  io.hibernate();
  heard.length = 0;
  const news = clients.map((each) => once(each as never, "news"));
  io.emit("news");
  assert.deepEqual(heard, ['2["news"]', '2["news"]']);
  await Promise.all(news);
});

test("what Node puts on a request is not taken for the application's", async (context) => {
  const { io, url } = await start(context);
  const connected = once(io as unknown as NodeJS.EventEmitter, "connection");
  client(context, url);
  const [socket] = (await connected) as [Socket];
  assert.equal(hasAddedProperties(socket.conn), false);
  Object.assign(socket.request, { user: "ada" });
  assert.equal(hasAddedProperties(socket.conn), true);
});

test("what a client's connection hides is searched for once somebody was handed it, not before", async (context) => {
  const lookOn = context.mock.method(HiddenSearch.prototype, "lookOn");
  const { io, url } = await start(context);
  const connected = once(io as unknown as NodeJS.EventEmitter, "connection");
  await once(client(context, url) as never, "connect");
  const [socket] = (await connected) as [Socket];
  const countLooks = () => {
    const names = lookOn.mock.calls.map(({ arguments: [, , name] }) => name);
    return names.filter((name) => name === "conn" || name === "client").length;
  };
  const { changes } = io._sleep;
  assert.equal(changes.unkeptAround(socket._conn), undefined);
  assert.equal(countLooks(), 0);
  for (const holder of [socket.conn, socket.client]) {
    Object.defineProperty(holder, Symbol("hidden"), { value: () => {} });
  }
  const names = [...(changes.unkeptAround(socket._conn)?.keys() ?? [])];
  assert.deepEqual(names, ["conn[Symbol(hidden)]", "client[Symbol(hidden)]"]);
  assert.equal(countLooks() > 0, true);
});

test("what somebody hides on a connection that the engine tells of is found, too", async (context) => {
  const { io, url } = await start(context);
  io.engine.on("connection", (connection: Connection) => {
    Object.defineProperty(connection, "hidden", { value: () => {}, enumerable: false });
  });
  const connected = once(io as unknown as NodeJS.EventEmitter, "connection");
  client(context, url);
  const [socket] = (await connected) as [Socket];
  const names = [...(io._sleep.changes.unkeptAround(socket._conn)?.keys() ?? [])];
  assert.deepEqual(names, ["conn[hidden]"]);
});
