// The Node host: requests, their handshakes, what the application says to them, upgrades of others.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { Socket as NetSocket } from "node:net";
import { test } from "node:test";
import { Server as Upstream } from "socket.io";
import { WebSocket } from "ws";
import {
  type ConnectionErrorEvent,
  Server,
  type ServerOptions,
} from "../../../../durable-objects/node/index.ts";
import { send, upgrade } from "../../../support/raw-http.ts";
import { listen, start } from "../running.ts";

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
    assert.match(error.message, /^allowRequest has not answered a handshake within 50 ms/);
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

test("middlewares that log, or write headers late, hear how a client was refused, as upstream", async (context) => {
  const heard = async (Class: typeof Server): Promise<unknown> => {
    const http = createServer();
    const io = new Class(http, { transports: ["polling", "websocket"] });
    context.after(() => io.close());
    const ends: unknown[] = [];
    io.engine.use((_request, response, next) => {
      const { writeHead } = response;
      response.writeHead = (...args: Parameters<typeof writeHead>) => {
        response.setHeader("x-late", "yes");
        return writeHead.apply(response, args);
      };
      const { writableEnded: isEnded } = response;
      (response as unknown as NodeJS.EventEmitter).once("finish", () => {
        ends.push([isEnded, response.writableEnded, response.statusCode]);
      });
      next();
    });
    const url = await listen(http);
    for (const query of ["EIO=4&transport=polling", "EIO=4&transport=none"]) {
      const { status, headers } = await send(`${url}/socket.io/?${query}`);
      ends.push([status, headers["x-late"]]);
    }
    return ends;
  };
  const ours = await heard(Server);
  assert.deepEqual(ours, await heard(Upstream as unknown as typeof Server));
  const isOpened = [
    [false, true, 200],
    [200, "yes"],
  ];
  assert.deepEqual(ours, [...isOpened, [false, true, 400], [400, "yes"]]);
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
