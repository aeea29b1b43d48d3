// The Node host: its constructor, what it does to an HTTP server, handshakes, the end.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, connect, type Socket as NetSocket } from "node:net";
import { type TestContext, test } from "node:test";
import { Server as Upstream } from "socket.io";
import { type Socket as ClientSocket, io as connectClient } from "socket.io-client";
import { WebSocket } from "ws";
import {
  type Connection,
  type ConnectionErrorEvent,
  Server,
  type ServerOptions,
  type Socket,
} from "../../../durable-objects/node/index.ts";
import { hangsAny } from "../../../glue/sleep/surroundings.ts";
import { BareClient } from "../../support/bare-client.ts";
import { send, upgrade } from "../../support/raw-http.ts";

interface Running {
  io: Server;
  http: HttpServer;
  url: string;
}

async function listen(http: HttpServer): Promise<string> {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

async function start(context: TestContext, options: ServerOptions = {}): Promise<Running> {
  const http = createServer((_request, response) => response.end("the application's"));
  const io = new Server(http, options);
  const url = await listen(http);
  context.after(() => io.close());
  return { io, http, url };
}

function client(context: TestContext, url: string, options: object = {}): ClientSocket {
  const socket = connectClient(url, { transports: ["websocket"], forceNew: true, ...options });
  context.after(() => socket.disconnect());
  return socket;
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

const HANDSHAKES: [string, string, string][] = [
  ["another transport", "GET", "EIO=4&transport=polling"],
  ["an unknown transport", "GET", "EIO=4&transport=tcp"],
  ["no transport", "GET", "EIO=4"],
  ["an unknown session", "GET", "EIO=4&transport=websocket&sid=abc"],
  ["another method", "POST", "EIO=4&transport=websocket"],
  ["no upgrade", "GET", "EIO=4&transport=websocket"],
];

for (const [what, method, query] of HANDSHAKES) {
  test(`${what}: upstream's answer and connection_error`, async (context) => {
    const upstreamHttp = createServer();
    const upstream = new Upstream(upstreamHttp, { transports: ["websocket"] });
    const upstreamUrl = await listen(upstreamHttp);
    context.after(() => upstream.close());
    const { io, url } = await start(context);
    const events = [upstream, io].map(
      ({ engine }) =>
        new Promise<ConnectionErrorEvent>((resolve) => engine.on("connection_error", resolve)),
    );
    const [expected, actual] = await Promise.all(
      [upstreamUrl, url].map((origin) => send(`${origin}/socket.io/?${query}`, { method })),
    );
    assert.equal(actual?.status, expected?.status);
    assert.equal(actual?.body, expected?.body);
    assert.equal(actual?.headers["content-type"], expected?.headers["content-type"]);
    const [theirs, ours] = await Promise.all(events);
    assert.equal(ours?.code, theirs?.code);
    assert.equal(ours?.message, theirs?.message);
    assert.deepEqual(ours?.context, theirs?.context);
    assert.equal(ours?.req.url, `/socket.io/?${query}`);
  });
}

test("Engine.IO 3 is refused unless it is allowed", async (context) => {
  const { io, url } = await start(context);
  const event = once(io.engine as never, "connection_error");
  const answer = await upgrade(url, {}, "EIO=3&transport=websocket");
  assert.equal(answer.status, 400);
  assert.equal(answer.body, '{"code":5,"message":"Unsupported protocol version"}');
  const [{ code, context: details }] = (await event) as [ConnectionErrorEvent];
  assert.equal(code, 5);
  assert.deepEqual(details, { protocol: 3 });
  const allowing = await start(context, { allowEIO3: true });
  assert.equal((await upgrade(allowing.url, {}, "EIO=3&transport=websocket")).status, 101);
});

const REFUSALS: [string, ServerOptions["allowRequest"], string][] = [
  ["calls back with a message", (_request, callback) => callback("no way", false), "no way"],
  ["calls back without one", (_request, callback) => callback(null, false), "Forbidden"],
  [
    "calls back later",
    (_request, callback) => void setTimeout(() => callback("later", false), 5),
    "later",
  ],
  [
    "throws",
    () => {
      throw new Error("thrown");
    },
    "thrown",
  ],
  ["rejects", async () => Promise.reject(new Error("rejected")), "rejected"],
  ["rejects with a text", async () => Promise.reject("a text"), "a text"],
  ["answers false", () => false, "Forbidden"],
  ["resolves with false", async () => false, "Forbidden"],
];

for (const [what, allowRequest, message] of REFUSALS) {
  test(`allowRequest that ${what}: 403`, async (context) => {
    const { io, url } = await start(context, { allowRequest } as ServerOptions);
    const event = once(io.engine as never, "connection_error");
    const answer = await upgrade(url);
    assert.equal(answer.status, 403);
    assert.deepEqual(JSON.parse(answer.body), { code: 4, message });
    const [{ code, message: text }] = (await event) as [ConnectionErrorEvent];
    assert.equal(code, 4);
    assert.equal(text, "Forbidden");
  });
}

for (const allowRequest of [
  (_request: unknown, callback: (error: null, success: boolean) => void) => callback(null, true),
  async () => {},
  () => true,
]) {
  test(`allowRequest that allows: ${allowRequest.toString().slice(0, 40)}`, async (context) => {
    const { url } = await start(context, { allowRequest } as ServerOptions);
    assert.equal((await upgrade(url)).status, 101);
  });
}

const SILENCES: [string, ServerOptions["allowRequest"]][] = [
  ["never calls back", (_request, _callback) => {}],
  ["promises nothing before it calls back", async (_request, _callback) => {}],
  ["never settles", () => new Promise(() => {})],
];
for (const [what, allowRequest] of SILENCES) {
  test(`allowRequest that ${what}: refused in time, and told of`, async (context) => {
    const log = context.mock.method(console, "error", () => {});
    const { url } = await start(context, { allowRequest, connectTimeout: 50 });
    const { status, body } = await upgrade(url);
    assert.deepEqual([status, JSON.parse(body)], [403, { code: 4, message: "Forbidden" }]);
    const [, error] = log.mock.calls.flatMap((call) => call.arguments as unknown[]) as [
      string,
      Error,
    ];
    assert.match(
      error.message,
      /^dormouse: allowRequest has not answered a handshake within 50 ms/,
    );
  });
}

test("allowRequest that calls back after its promise: the callback counts, as upstream", async (context) => {
  const allowRequest: ServerOptions["allowRequest"] = async (request, callback) => {
    setTimeout(() => callback("later", "fine" in request._query), 5);
  };
  for (const Class of [Upstream, Server] as (typeof Server)[]) {
    const http = createServer();
    const io = new Class(http, { allowRequest, transports: ["websocket"] });
    context.after(() => io.close());
    const url = await listen(http);
    const query = "EIO=4&transport=websocket";
    // Upstream has another status for upgrades.
    assert.notEqual((await upgrade(url, {}, query)).status, 101);
    assert.equal((await upgrade(url, {}, `${query}&fine=1`)).status, 101);
  }
});

test("allowRequest: whichever answer comes first counts", async (context) => {
  const { url } = await start(context, {
    allowRequest: async (_request, callback) => {
      callback("no", false);
      return true;
    },
  });
  assert.equal((await upgrade(url)).status, 403);
});

test("allowRequest sees the request", async (context) => {
  const requests: unknown[] = [];
  const { url } = await start(context, {
    allowRequest: (request) => {
      requests.push([request.headers.origin, request.url, request._query, request.method]);
    },
  });
  await upgrade(url, { origin: "http://a.example" });
  const query = { EIO: "4", transport: "websocket" };
  const path = "/socket.io/?EIO=4&transport=websocket";
  assert.deepEqual(requests, [["http://a.example", path, query, "GET"]]);
});

test("ids come from generateId, of the options or of the engine", async (context) => {
  const { io, url } = await start(context, { generateId: async () => "from-options" });
  const ids: string[] = [];
  io.engine.on("connection", ({ id }: { id: string }) => void ids.push(id));
  await upgrade(url);
  io.engine.generateId = () => "from-the-engine";
  await upgrade(url);
  assert.deepEqual(ids, ["from-options", "from-the-engine"]);
  io.engine.generateId = () => {
    throw new Error("out of ids");
  };
  const event = once(io.engine as never, "connection_error");
  const answer = await upgrade(url);
  assert.equal(answer.body, '{"code":3,"message":"Bad request"}');
  const [{ context: details }] = (await event) as [ConnectionErrorEvent];
  assert.equal(details.name, "ID_GENERATION_ERROR");
});

test("an id of any characters comes to the client as it does from upstream", async (context) => {
  const { io, url } = await start(context);
  const http = createServer();
  const upstream = new Upstream(http);
  context.after(() => upstream.close());
  const upstreamsUrl = await listen(http);
  const sids: unknown[] = [];
  for (const [{ engine }, origin] of [
    [io, url],
    [upstream, upstreamsUrl],
  ] as const) {
    const id = 'half \ud83d, half \udc00, whole \u{1f400}, \u00e9\u2028"\u0001';
    engine.generateId = () => id;
    const webSocket = new WebSocket(
      `${origin.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
    );
    const [frame] = await once(webSocket, "message");
    webSocket.close();
    sids.push(JSON.parse(String(frame).slice(1)).sid === id);
  }
  assert.deepEqual(sids, [true, true]);
});

test("headers: cors on every answer, and what the application adds", async (context) => {
  const { io, url } = await start(context, {
    cors: { origin: "http://a.example", credentials: true },
    editHandshakeHeaders: (headers) => {
      headers.append("set-cookie", "a=1");
      headers.append("set-cookie", "b=2");
    },
    editResponseHeaders: async (headers, request) => {
      headers.set("x-path", request.url);
    },
  });
  io.engine.on("initial_headers", (headers: Record<string, string>) => {
    headers["x-initial"] = "yes";
  });
  io.engine.on("headers", (headers: Record<string, string>) => {
    headers["x-each"] = "yes";
  });
  const opened = await upgrade(url, { origin: "http://a.example" });
  assert.equal(opened.status, 101);
  assert.equal(opened.headers["access-control-allow-origin"], "http://a.example");
  assert.equal(opened.headers["access-control-allow-credentials"], "true");
  assert.equal(opened.headers["x-initial"], "yes");
  assert.equal(opened.headers["x-each"], "yes");
  assert.deepEqual(opened.headers["set-cookie"], ["a=1", "b=2"]);
  const refused = await send(`${url}/socket.io/?EIO=4&transport=polling`);
  assert.equal(refused.headers["access-control-allow-origin"], "http://a.example");
  assert.equal(refused.headers["x-path"], "/socket.io/?EIO=4&transport=polling");
  assert.equal(refused.headers["set-cookie"], undefined);
  const preflight = await send(`${url}/socket.io/`, { method: "OPTIONS" });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers["access-control-allow-methods"], "GET,HEAD,PUT,PATCH,POST,DELETE");
});

test("what those who edit headers throw is answered with 500", async (context) => {
  const { url } = await start(context, {
    editResponseHeaders: () => {
      throw new Error("no headers today");
    },
  });
  context.mock.method(console, "error", () => {});
  assert.equal((await upgrade(url)).status, 500);
});

test("middlewares of the engine see requests and upgrades, and may end them", async (context) => {
  const { io, url } = await start(context);
  io.engine.use((request, response, next) => {
    response.setHeader("x-middleware", "yes");
    if (!request.url.includes("end=1")) return next();
    response.writeHead(418);
    response.end("short and stout");
  });
  assert.equal((await upgrade(url)).headers["x-middleware"], "yes");
  const ended = await send(`${url}/socket.io/?EIO=4&transport=polling&end=1`);
  assert.deepEqual([ended.status, ended.body], [418, "short and stout"]);
  io.engine.use((_request, _response, next) => next(new Error("failed")));
  const event = once(io.engine as never, "connection_error");
  assert.equal((await upgrade(url)).status, 400);
  const [{ context: details }] = (await event) as [ConnectionErrorEvent];
  assert.deepEqual(details, { name: "MIDDLEWARE_FAILURE" });
});

test("an upgrade that nobody takes is ended after a while, unless told otherwise", async (context) => {
  const { url } = await start(context, { destroyUpgradeTimeout: 10 });
  const webSocket = new WebSocket(`${url.replace("http", "ws")}/elsewhere`);
  const [error] = (await once(webSocket, "error")) as [Error];
  assert.match(error.message, /socket hang up/);

  const kept = await start(context, { destroyUpgrade: false, destroyUpgradeTimeout: 10 });
  kept.http.on("upgrade", (request, socket) => {
    if (!request.url?.startsWith("/elsewhere")) return;
    setTimeout(() => socket.end("HTTP/1.1 418 I'm a teapot\r\n\r\n"), 50);
  });
  const other = new WebSocket(`${kept.url.replace("http", "ws")}/elsewhere`);
  assert.match(String((await once(other, "error"))[0]), /418/);
});

test("the answer to an upgrade and the first packet go out with one write", async (context) => {
  const { http, url } = await start(context);
  const writes: string[] = [];
  http.on("connection", (socket: NetSocket) => {
    const { _write: write, _writev: writev } = socket;
    socket._write = function (...args) {
      writes.push(String(args[0]));
      return write.apply(this, args);
    };
    socket._writev = function (...args) {
      writes.push(args[0].map(({ chunk }) => String(chunk)).join(""));
      return writev?.apply(this, args);
    };
  });
  const { socket } = await upgrade(url);
  context.after(() => socket?.destroy());
  assert.match(String(writes[0]), /^HTTP\/1\.1 101 .*\r\n\r\n.*0\{"sid":/s);
});

test("an upgrade without a handler of the application's is answered before other listeners are asked, as upstream", async (context) => {
  const order = async (attach: (http: HttpServer) => { close(): unknown }): Promise<string> => {
    const http = createServer();
    const server = attach(http);
    context.after(() => server.close());
    let written = -1;
    http.on("upgrade", (_request, socket: NetSocket) => {
      written = socket.bytesWritten;
    });
    const { status } = await upgrade(await listen(http));
    return `${status}, ${written > 0 ? "answered" : "not answered"} before`;
  };
  const upstream = await order((http) => new Upstream(http));
  assert.equal(await order((http) => new Server(http)), upstream);
  assert.equal(upstream, "101, answered before");
});

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
  const { io, url } = await start(context, { pingInterval: 40, pingTimeout: 40 });
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

test("volatile: to a client that does not read nothing is added beyond what upstream adds", async (context) => {
  const waiting: number[] = [];
  for (const Class of [Upstream, Server] as (typeof Server)[]) {
    const http = createServer();
    const io = new Class(http, { transports: ["websocket"] });
    context.after(() => io.close());
    const sockets: NetSocket[] = [];
    http.on("connection", (socket: NetSocket) => sockets.push(socket));
    const url = await listen(http);
    const bare = new BareClient(`${url}/socket.io/?EIO=4&transport=websocket`, {
      answersPings: true,
    });
    context.after(() => bare.end());
    await bare.received("0");
    const joined = once(io as never, "connection") as Promise<[Socket]>;
    bare.send("40");
    const [socket] = await joined;
    await bare.received("40");
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
  const bare = new BareClient(`${url}/socket.io/?EIO=4&transport=websocket`, {
    answersPings: true,
  });
  context.after(() => bare.end());
  await bare.received("0");
  const joined = once(io as never, "connection") as Promise<[Socket]>;
  bare.send("40");
  const [socket] = await joined;
  bare.pause();
  const gone = new Promise<unknown[]>((resolve) =>
    socket.on("disconnect", (...args) => resolve(args)),
  );
  const text = "x".repeat(65_536);
  while (socket.connected) {
    io.emit("water", text);
    await new Promise(setImmediate);
  }
  const [reason, error] = (await gone) as [string, Error];
  assert.equal(reason, "transport error");
  assert.match(error.message, /^the client does not read: \d+ bytes wait for it$/);
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

test("a closed HTTP server takes its connections along", async (context) => {
  const { http, url } = await start(context);
  const socket = client(context, url, { reconnection: false });
  await once(socket as never, "connect");
  const disconnected = once(socket as never, "disconnect");
  http.close();
  http.emit("close");
  await disconnected;
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

test("what Node puts on a request is not taken for the application's", async (context) => {
  const { io, url } = await start(context);
  const connected = once(io as unknown as NodeJS.EventEmitter, "connection");
  client(context, url);
  const [socket] = (await connected) as [Socket];
  assert.equal(hangsAny(socket.conn), false);
  Object.assign(socket.request, { user: "ada" });
  assert.equal(hangsAny(socket.conn), true);
});
