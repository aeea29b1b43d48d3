/**
 * Connecting: ids, the handshake's fields, auth, `connected`, `data`, several sockets at once.
 *
 * Normalised: ids (names of the clients); of the handshake's times, address and connection headers
 * only their form is observed, since they differ from run to run and from host to host.
 */
import { scenarios } from "../scenario.ts";

export const CONNECTION = scenarios([
  {
    name: "connection: the client and the server agree on the socket's id",
    server(io, log) {
      io.on("connection", (socket) => {
        log("id", socket.id, /^[\w-]{20}$/.test(socket.id));
        log("engine id is another", socket.id !== (socket.conn as unknown as { id: string }).id);
        socket.emit("your id", socket.id);
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("your id");
      t.expect.deepEqual(alice.log, [["connect"], ["your id", "<alice>"]]);
      t.expect.deepEqual(await t.serverLog(), [
        ["id", "<alice>", true],
        ["engine id is another", true],
      ]);
    },
  },
  {
    name: "connection: connect fires before connection, both with the same socket",
    server(io, log) {
      io.on("connection", (socket) => log("connection", socket.id));
      io.on("connect", (socket) => log("connect", socket.id));
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("connection");
      t.expect.deepEqual(await t.serverLog(), [
        ["connect", "<alice>"],
        ["connection", "<alice>"],
      ]);
    },
  },
  {
    name: "connection: connected, disconnected and membership change around middlewares",
    server(io, log) {
      io.use((socket, next) => {
        log("middleware", socket.connected, socket.disconnected, io.sockets.sockets.has(socket.id));
        log("rooms", socket.rooms.size);
        next();
      });
      io.on("connection", (socket) => {
        log("connection", socket.connected, socket.disconnected);
        log("member", io.sockets.sockets.get(socket.id) === socket, socket.rooms.size);
        socket.on("disconnect", () => {
          log("disconnect", socket.connected, socket.disconnected);
          log("member", io.sockets.sockets.has(socket.id), socket.rooms.size);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.disconnect();
      await t.serverLogged("member", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["middleware", false, true, false],
        ["rooms", 0],
        ["connection", true, false],
        ["member", true, 1],
        ["disconnect", false, true],
        ["member", false, 0],
      ]);
    },
  },
  {
    name: "connection: the handshake shows the request",
    server(io, log) {
      io.on("connection", ({ handshake }) => {
        log("keys", Object.keys(handshake).sort());
        log("query", handshake.query.EIO, handshake.query.transport, handshake.query.colour);
        log("header", handshake.headers["x-colour"], handshake.headers.upgrade);
        log("flags", handshake.xdomain, handshake.secure);
        log("url", handshake.url.split("?")[0], handshake.url.includes("colour=light%20blue"));
        log("address", typeof handshake.address);
        log("issued", typeof handshake.issued, handshake.issued > 1.6e12);
        log("time", Math.abs(new Date(handshake.time).getTime() - handshake.issued) < 2000);
      });
    },
    async client(t) {
      await t.connect("alice", {
        query: { colour: "light blue" },
        extraHeaders: { "X-Colour": "green" },
      });
      await t.serverLogged("time");
      t.expect.deepEqual(await t.serverLog(), [
        [
          "keys",
          ["address", "auth", "headers", "issued", "query", "secure", "time", "url", "xdomain"],
        ],
        ["query", "4", "websocket", "light blue"],
        ["header", "green", "websocket"],
        ["flags", false, false],
        ["url", "/socket.io/", true],
        ["address", "string"],
        ["issued", "number", true],
        ["time", true],
      ]);
    },
  },
  {
    name: "connection: an Origin header makes the handshake cross-domain",
    server(io, log) {
      io.on("connection", ({ handshake }) => {
        log("origin", handshake.headers.origin, handshake.xdomain);
      });
    },
    async client(t) {
      await t.connect("alice", { extraHeaders: { Origin: "https://dormice.example" } });
      t.expect.deepEqual(await t.serverLogged("origin"), ["https://dormice.example", true]);
    },
  },
  {
    name: "connection: socket.request shows the same request",
    server(io, log) {
      io.on("connection", (socket) => {
        const request = socket.request as unknown as { _query: Record<string, string> };
        log("query", request._query.colour, request._query === socket.handshake.query);
        log("header", socket.request.headers["x-colour"]);
        log("url", socket.request.url === socket.handshake.url);
        log("method", socket.request.method);
      });
    },
    async client(t) {
      await t.connect("alice", { query: { colour: "red" }, extraHeaders: { "X-Colour": "green" } });
      await t.serverLogged("method");
      t.expect.deepEqual(await t.serverLog(), [
        ["query", "red", true],
        ["header", "green"],
        ["url", true],
        ["method", "GET"],
      ]);
    },
  },
  {
    name: "connection: auth is an object, empty when there is none",
    server(io, log) {
      io.on("connection", (socket) => log("auth", socket.handshake.auth));
    },
    async client(t) {
      await t.connect("alice");
      await t.connect("bob", { auth: { token: "abc", nested: { list: [1, null, "ü"] } } });
      await t.connect("carol", { auth: (give) => give({ token: "from a function" }) });
      await t.serverLogged("auth", 3);
      t.expect.deepEqual(await t.serverLog(), [
        ["auth", {}],
        ["auth", { token: "abc", nested: { list: [1, null, "ü"] } }],
        ["auth", { token: "from a function" }],
      ]);
    },
  },
  {
    name: "connection: each namespace has its own auth and its own id",
    server(io, log) {
      io.on("connection", (socket) => log("main", socket.id, socket.handshake.auth));
      io.of("/chat").on("connection", (socket) => {
        log("chat", socket.id, socket.handshake.auth);
        log("same request", socket.handshake.url.length > 0);
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { token: 1 } });
      await alice.open("/chat", { auth: { token: 2 } });
      await t.serverLogged("same request");
      t.expect.deepEqual(await t.serverLog(), [
        ["main", "<alice>", { token: 1 }],
        ["chat", "<alice/chat>", { token: 2 }],
        ["same request", true],
      ]);
    },
  },
  {
    name: "connection: query of the first namespace is the connection's",
    server(io, log) {
      io.of("/chat").on("connection", ({ handshake }) => log("query", handshake.query.colour));
    },
    async client(t) {
      await t.connect("alice", { namespace: "/chat", query: { colour: "red" } });
      t.expect.deepEqual(await t.serverLogged("query"), ["red"]);
    },
  },
  {
    name: "connection: socket.data starts empty and is the socket's own",
    server(io, log) {
      io.use((socket, next) => {
        log("start", socket.data);
        socket.data.name = socket.handshake.auth.name;
        next();
      });
      io.on("connection", (socket) => {
        socket.on("whoami", (answer) => {
          socket.data.asked = (socket.data.asked ?? 0) + 1;
          answer(socket.data);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "Alice" } });
      const bob = await t.connect("bob", { auth: { name: "Bob" } });
      t.expect.deepEqual(await alice.ask("whoami"), { name: "Alice", asked: 1 });
      t.expect.deepEqual(await bob.ask("whoami"), { name: "Bob", asked: 1 });
      t.expect.deepEqual(await alice.ask("whoami"), { name: "Alice", asked: 2 });
    },
  },
  {
    name: "connection: socket.data keeps what structured clone keeps",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("store", () => {
          socket.data = { when: new Date(0), tags: new Set(["a"]), map: new Map([["k", 1]]) };
        });
        socket.on("load", (answer) => {
          const { when, tags, map } = socket.data;
          answer(when instanceof Date && when.getTime(), [...(tags ?? [])], map?.get("k"));
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("store");
      await alice.act((socket) =>
        socket.emit("load", (...all: unknown[]) => alice.note("loaded", ...all)),
      );
      t.expect.deepEqual(await alice.received("loaded"), [0, ["a"], 1]);
    },
  },
  {
    name: "connection: properties hung on the socket stay there",
    server(io) {
      io.use((socket, next) => {
        (socket as unknown as { username: string }).username = socket.handshake.auth.username;
        next();
      });
      io.on("connection", (socket) => {
        socket.on("whoami", (answer) => {
          answer((socket as unknown as { username: string }).username);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { username: "Alice" } });
      t.expect.equal(await alice.ask("whoami"), "Alice");
      t.expect.equal(await alice.ask("whoami"), "Alice");
    },
  },
  {
    name: "connection: socket.nsp and socket.server lead back to the server",
    server(io, log) {
      io.of("/chat").on("connection", (socket) => {
        log("nsp", socket.nsp.name, socket.nsp === io.of("/chat"));
        log("server", (socket as unknown as { server: unknown }).server === io);
        log("nsp server", socket.nsp.server === io);
        log("adapter", (socket as unknown as { adapter: unknown }).adapter === socket.nsp.adapter);
      });
    },
    async client(t) {
      await t.connect("alice", { namespace: "/chat" });
      await t.serverLogged("adapter");
      t.expect.deepEqual(await t.serverLog(), [
        ["nsp", "/chat", true],
        ["server", true],
        ["nsp server", true],
        ["adapter", true],
      ]);
    },
  },
  {
    name: "connection: socket.conn names the transport, the protocol and the state",
    server(io, log) {
      io.on("connection", (socket) => {
        log("conn", socket.conn.transport.name, socket.conn.protocol, socket.conn.readyState);
        log("client", socket.client.conn === socket.conn);
        socket.on("disconnect", () => log("closed", socket.conn.readyState));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.cut();
      await t.serverLogged("closed");
      t.expect.deepEqual(await t.serverLog(), [
        ["conn", "websocket", 4, "open"],
        ["client", true],
        ["closed", "closed"],
      ]);
    },
  },
  {
    name: "connection: sockets of one connection share conn and client",
    server(io, log) {
      io.of("/a").on("connection", (socket) => {
        const [other] = io.of("/").sockets.values();
        log("shared", socket.conn === other?.conn, socket.client === other?.client);
        log("recovered", socket.recovered);
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.open("/a");
      t.expect.deepEqual(await t.serverLogged("shared"), [true, true]);
      t.expect.deepEqual(await t.serverLogged("recovered"), [false]);
    },
  },
  {
    name: "connection: events sent before the connection is up arrive in order after it",
    server(io, log) {
      io.on("connection", (socket) => {
        log("connection");
        socket.onAny((event, ...args) => log(event, ...args));
      });
    },
    async client(t) {
      const alice = t.client("alice");
      await alice.act((socket) => {
        socket.connect();
        socket.emit("first", 1);
        socket.emit("second", 2);
      });
      await t.serverLogged("second");
      t.expect.deepEqual(await t.serverLog(), [["connection"], ["first", 1], ["second", 2]]);
    },
  },
  {
    name: "connection: a reconnection is a new socket",
    server(io, log) {
      io.on("connection", (socket) => {
        log("connection", socket.id, io.sockets.sockets.size, socket.data);
        socket.data.seen = true;
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.cut();
      await alice.reconnect();
      await t.serverLogged("connection", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["connection", "<alice>", 1, {}],
        ["connection", "<alice#2>", 1, {}],
      ]);
    },
  },
  {
    name: "connection: another path is served when the option says so",
    options: { path: "/elsewhere" },
    server(io, log) {
      io.on("connection", (socket) => log("url", socket.handshake.url.split("?")[0]));
    },
    async client(t) {
      await t.connect("alice", { path: "/elsewhere/" });
      t.expect.deepEqual(await t.serverLogged("url"), ["/elsewhere/"]);
    },
  },
  {
    name: "connection: io.path and io.connectTimeout tell the options",
    options: { path: "/elsewhere/", connectTimeout: 12345 },
    server(io, log) {
      log("path", io.path());
      log("timeout", io.connectTimeout());
      log("nsps", [...io._nsps.keys()]);
    },
    async client(t) {
      await t.connect("alice", { path: "/elsewhere/" });
      t.expect.deepEqual(await t.serverLog(), [
        ["path", "/elsewhere"],
        ["timeout", 12345],
        ["nsps", ["/"]],
      ]);
    },
  },
]);
