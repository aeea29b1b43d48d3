/**
 * `io.engine`: counts, events, headers, middlewares, refused requests.
 *
 * Normalised: ids (names of the clients); the status of a refused upgrade (see `raw-client.ts`). A
 * plain request gets the error as JSON.
 */
import type { IncomingMessage } from "node:http";
import { controls } from "../controls.ts";
import { scenarios } from "../scenario.ts";

/** What `connection_error` tells. */
interface ConnectionError {
  req: IncomingMessage & { _query: Record<string, string> };
  code: number;
  message: string;
  context: Record<string, unknown>;
}

type Next = (error?: Error) => void;
type Response = { setHeader(name: string, value: string): void };

const websocketOnly = { transports: ["websocket" as const] };

export const ENGINE = scenarios([
  {
    name: "engine: clientsCount counts connections, not sockets",
    server(io) {
      io.of("/a");
      controls(io, { count: () => io.engine.clientsCount });
    },
    async client(t) {
      t.expect.equal(await t.control("count"), 1);
      const alice = await t.connect("alice");
      await alice.open("/a");
      const raw = await t.raw("raw");
      t.expect.equal(await t.control("count"), 3);
      await raw.close();
      await raw.closed();
      await alice.cut();
      let count: unknown;
      for (let tries = 0; tries < 1_000 && count !== 1; tries++) count = await t.control("count");
      t.expect.equal(count, 1);
    },
  },
  {
    name: "engine: connection gives the connection before any namespace is joined",
    awake: "the engine's connection event is not repeated by a wake",
    server(io, log) {
      io.engine.on("connection", (connection) => {
        log("connection", connection.id, connection.protocol, connection.transport.name);
        log("state", connection.readyState, connection.request._query.colour);
        log("header", connection.request.headers["x-colour"]);
        connection.on("close", (reason: string) => log("close", reason));
      });
      io.on("connection", (socket) => {
        log("socket", socket.id, (socket.conn as unknown as { id: string }).id);
      });
    },
    async client(t) {
      const raw = await t.raw("raw", {
        query: { colour: "red" },
        headers: { "X-Colour": "green" },
      });
      await t.serverLogged("header");
      await raw.connect();
      await raw.close();
      await t.serverLogged("close");
      t.expect.deepEqual(await t.serverLog(), [
        ["connection", "<raw.engine>", 4, "websocket"],
        ["state", "open", "red"],
        ["header", "green"],
        ["socket", "<raw>", "<raw.engine>"],
        ["close", "transport close"],
      ]);
    },
  },
  {
    name: "engine: the connection given by the engine is socket.conn",
    awake: "the connections seen are kept in a list of the server half",
    server(io, log) {
      const seen: unknown[] = [];
      io.engine.on("connection", (connection) => seen.push(connection));
      io.on("connection", (socket) => log("same", seen.includes(socket.conn), seen.length));
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLogged("same"), [true, 1]);
    },
  },
  {
    name: "engine: a deleted request leaves an empty handshake",
    server(io, log) {
      io.engine.on("connection", (connection) => {
        connection.request = null;
      });
      io.on("connection", ({ handshake, request }) => {
        log("request", request);
        log("handshake", handshake.headers, handshake.query, handshake.url, handshake.xdomain);
        log("secure", typeof handshake.secure);
        log("auth", handshake.auth);
      });
    },
    async client(t) {
      await t.connect("alice", { query: { colour: "red" }, auth: { token: 1 } });
      await t.serverLogged("auth");
      t.expect.deepEqual(await t.serverLog(), [
        ["request", null],
        ["handshake", {}, {}, { $undefined: true }, false],
        ["secure", "boolean"],
        ["auth", { token: 1 }],
      ]);
    },
  },
  {
    name: "engine: initial_headers and headers add to the upgrade's answer",
    server(io, log) {
      io.engine.on("initial_headers", (headers, request) => {
        headers["x-initial"] = `for ${request._query.colour}`;
        headers["set-cookie"] = "mouse=dormouse; Path=/";
        log("initial", request.headers["x-colour"]);
      });
      io.engine.on("headers", (headers) => {
        headers["x-every"] = "yes";
        log("headers");
      });
    },
    async client(t) {
      const raw = await t.raw("raw", {
        query: { colour: "red" },
        headers: { "X-Colour": "green" },
      });
      t.expect.equal(raw.responseHeaders["x-initial"], "for red");
      t.expect.equal(raw.responseHeaders["x-every"], "yes");
      t.expect.deepEqual(raw.responseHeaders["set-cookie"], ["mouse=dormouse; Path=/"]);
      t.expect.deepEqual(await t.serverLog(), [["initial", "green"], ["headers"]]);
    },
  },
  {
    name: "engine: generateId makes the engine's ids",
    server(io, log) {
      io.engine.generateId = (request: IncomingMessage) => {
        return `id-of-${(request as ConnectionError["req"])._query.name}`;
      };
      io.on("connection", (socket) => {
        log("id", (socket.conn as unknown as { id: string }).id, /^[\w-]{20}$/.test(socket.id));
      });
    },
    async client(t) {
      const raw = await t.raw("raw", { query: { name: "alice" } });
      await raw.connect();
      t.expect.match(raw.texts[0] ?? "", /"sid":"id-of-alice"/);
      t.expect.deepEqual(await t.serverLogged("id"), ["<raw.engine>", true]);
    },
  },
  {
    name: "engine: generateId may be asynchronous",
    server(io) {
      io.engine.generateId = async () => {
        await Promise.resolve();
        return "later";
      };
      io.on("connection", (socket) => {
        socket.emit("engine id", { id: (socket.conn as unknown as { id: string }).id });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.count(3);
      t.expect.match(raw.texts[0] ?? "", /"sid":"later"/);
      t.expect.equal(raw.texts[2], '42["engine id",{"id":"later"}]');
    },
  },
  {
    name: "engine: allowRequest lets requests in",
    options: {
      allowRequest: (request, decide) => decide(null, request.headers["x-token"] === "valid"),
    },
    server(io, log) {
      io.engine.on("connection_error", ({ code, message, context }: ConnectionError) => {
        log("error", code, message, context);
      });
    },
    async client(t) {
      const good = await t.raw("good", { headers: { "X-Token": "valid" } });
      const bad = await t.raw("bad");
      t.expect.ok(good.open);
      t.expect.deepEqual(bad.log, [["refused", "Forbidden"]]);
      const [code, message] = await t.serverLogged("error");
      t.expect.deepEqual([code, message], [4, "Forbidden"]);
    },
  },
  {
    name: "engine: allowRequest gives the reason, later",
    options: {
      allowRequest: async (_request, decide) => {
        await Promise.resolve();
        decide("not today", false);
      },
    },
    server(io, log) {
      io.engine.on("connection_error", ({ code, message, context }: ConnectionError) => {
        log("error", code, message, context);
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      t.expect.deepEqual(raw.log, [["refused", "not today"]]);
      t.expect.deepEqual(await t.serverLogged("error"), [4, "Forbidden", { message: "not today" }]);
      const client = await t.connect("stock");
      t.expect.deepEqual(client.log, [["connect_error", "websocket error", { $undefined: true }]]);
    },
  },
  {
    name: "engine: an unknown transport is refused",
    server(io, log) {
      io.engine.on("connection_error", ({ req, code, message, context }: ConnectionError) => {
        log("error", code, message, context, req._query.colour);
      });
    },
    async client(t) {
      const raw = await t.raw("raw", { query: { transport: "carrier pigeon", colour: "red" } });
      t.expect.deepEqual(raw.log, [["refused", "Transport unknown"]]);
      t.expect.deepEqual(await t.serverLogged("error"), [
        0,
        "Transport unknown",
        { transport: "carrier pigeon" },
        "red",
      ]);
    },
  },
  {
    name: "engine: an unknown session is refused",
    server(io, log) {
      io.engine.on("connection_error", ({ code, message, context }: ConnectionError) => {
        log("error", code, message, context);
      });
    },
    async client(t) {
      const raw = await t.raw("raw", { query: { sid: "nobody" } });
      t.expect.deepEqual(raw.log, [["refused", "Session ID unknown"]]);
      t.expect.deepEqual(await t.serverLogged("error"), [
        1,
        "Session ID unknown",
        { sid: "nobody" },
      ]);
      for (const sid of ["__proto__", "constructor"]) {
        t.expect.equal(await t.attempt({ query: { sid } }), false);
      }
    },
  },
  {
    // `engine.io` upgrades first and cuts the connection then; only that it fails is compared.
    name: "engine: another protocol version is refused",
    server(io, log) {
      io.engine.on("connection_error", ({ code, message, context }: ConnectionError) => {
        log("error", code, message, context);
      });
    },
    async client(t) {
      t.expect.equal(await t.attempt({ query: { EIO: "3" } }), false);
      t.expect.equal(await t.attempt({ query: { EIO: "5" } }), false);
      t.expect.equal(await t.attempt(), true);
      t.expect.deepEqual(await t.serverLog(), [
        ["error", 5, "Unsupported protocol version", { protocol: 3 }],
        ["error", 5, "Unsupported protocol version", { protocol: 3 }],
      ]);
    },
  },
  {
    name: "engine: a long-polling client is told that the transport is unknown",
    options: websocketOnly,
    server(io, log) {
      io.engine.on("connection_error", ({ code, context }: ConnectionError) => {
        log("error", code, context);
      });
    },
    async client(t) {
      const answer = await t.http("/socket.io/?EIO=4&transport=polling");
      t.note("answer", answer.status, answer.headers.get("content-type"), answer.body);
      t.expect.equal(answer.status, 400);
      t.expect.equal(answer.body, '{"code":0,"message":"Transport unknown"}');
      t.expect.deepEqual(await t.serverLogged("error"), [0, { transport: "polling" }]);
    },
  },
  {
    name: "engine: plain requests that are no handshake",
    options: websocketOnly,
    server(io, log) {
      io.engine.on("connection_error", ({ code, message }: ConnectionError) => {
        log("error", code, message);
      });
    },
    async client(t) {
      const requests: [string, string][] = [
        ["GET", "/socket.io/?EIO=4&transport=websocket"],
        ["POST", "/socket.io/?EIO=4&transport=websocket"],
        ["GET", "/socket.io/?EIO=4&transport=websocket&sid=nobody"],
        ["GET", "/socket.io/"],
      ];
      for (const [method, path] of requests) {
        const { status, body } = await t.http(path, { method });
        t.note(`${method} ${path}`, status, body);
      }
      t.expect.deepEqual(await t.serverLog(), [
        ["error", 3, "Bad request"],
        ["error", 2, "Bad handshake method"],
        ["error", 1, "Session ID unknown"],
        ["error", 0, "Transport unknown"],
      ]);
    },
  },
  {
    name: "engine: refusals can be read across origins",
    options: { ...websocketOnly, cors: { origin: "https://dormice.example", credentials: true } },
    server() {},
    async client(t) {
      const headers = { Origin: "https://dormice.example" };
      const refused = await t.http("/socket.io/?EIO=4&transport=polling", { headers });
      t.note("allowed origin", refused.headers.get("access-control-allow-origin"));
      t.note("credentials", refused.headers.get("access-control-allow-credentials"));
      t.expect.equal(refused.status, 400);
      t.expect.equal(refused.headers.get("access-control-allow-origin"), "https://dormice.example");
    },
  },
  {
    name: "engine: a preflight request is answered",
    options: {
      ...websocketOnly,
      cors: {
        origin: "https://dormice.example",
        methods: ["GET", "POST"],
        allowedHeaders: ["x-token"],
      },
    },
    server() {},
    async client(t) {
      const answer = await t.http("/socket.io/?EIO=4&transport=polling", {
        method: "OPTIONS",
        headers: {
          Origin: "https://dormice.example",
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "x-token",
        },
      });
      for (const name of ["origin", "methods", "headers"]) {
        t.note(name, answer.headers.get(`access-control-allow-${name}`));
      }
      t.expect.equal(answer.status, 204);
      t.expect.equal(answer.headers.get("access-control-allow-methods"), "GET,POST");
    },
  },
  {
    name: "engine: use() adds middlewares for requests",
    server(io, log) {
      io.engine.use((request: IncomingMessage, response: Response, next: Next) => {
        log("first", request.headers["x-colour"]);
        response.setHeader("x-engine", "yes");
        next();
      });
      io.engine.use((request: IncomingMessage, _response: Response, next: Next) => {
        log("second");
        next(request.headers["x-colour"] === "red" ? new Error("no red") : undefined);
      });
      io.engine.on("connection_error", ({ code, message, context }: ConnectionError) => {
        log("error", code, message, context);
      });
    },
    async client(t) {
      const good = await t.raw("good", { headers: { "X-Colour": "green" } });
      const bad = await t.raw("bad", { headers: { "X-Colour": "red" } });
      t.expect.equal(good.responseHeaders["x-engine"], "yes");
      t.expect.deepEqual(bad.log, [["refused", "Bad request"]]);
      t.expect.deepEqual(await t.serverLog(), [
        ["first", "green"],
        ["second"],
        ["first", "red"],
        ["second"],
        ["error", 3, "Bad request", { name: "MIDDLEWARE_FAILURE" }],
      ]);
    },
  },
]);
