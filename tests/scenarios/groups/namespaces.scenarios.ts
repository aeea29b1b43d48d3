/**
 * Static namespaces: names, several on one connection, unknown ones, `new_namespace`.
 *
 * Normalised: ids (names of the clients).
 */
import { controls } from "../controls.ts";
import { scenarios } from "../scenario.ts";

export const NAMESPACES = scenarios([
  {
    name: "namespaces: io.of gives the same namespace for the same name",
    server(io, log) {
      const chat = io.of("/chat");
      log("same", io.of("/chat") === chat, io.of("chat") === chat);
      log("main", io.of("/") === io.sockets, io.of("") === io.sockets);
      log("name", io.of("news").name, io.sockets.name);
      log("names", [...io._nsps.keys()]);
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLog(), [
        ["same", true, true],
        ["main", true, true],
        ["name", "/news", "/"],
        ["names", ["/", "/chat", "/news"]],
      ]);
    },
  },
  {
    name: "namespaces: several on one connection are told apart",
    server(io, log) {
      for (const name of ["/", "/a", "/b"]) {
        io.of(name).on("connection", (socket) => {
          log("connection", name);
          socket.on("ping me", () => socket.emit("pong", { from: name }));
        });
      }
      controls(io, { connections: () => io.engine.clientsCount });
    },
    async client(t) {
      const main = await t.connect("alice");
      const a = await main.open("/a");
      const b = await main.open("/b");
      await b.emit("ping me");
      await a.emit("ping me");
      await Promise.all([a.received("pong"), b.received("pong")]);
      await t.settle(main);
      t.expect.deepEqual(a.log, [["connect"], ["pong", { from: "/a" }]]);
      t.expect.deepEqual(b.log, [["connect"], ["pong", { from: "/b" }]]);
      t.expect.deepEqual(main.log, [["connect"]]);
      t.expect.equal(await t.control("connections"), 2);
    },
  },
  {
    name: "namespaces: a client need not join the main one",
    server(io, log) {
      io.on("connection", () => log("main"));
      io.of("/chat").on("connection", (socket) => {
        log("chat", io.sockets.sockets.size);
        socket.on("hello", (answer) => answer("chat"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { namespace: "/chat" });
      t.expect.equal(await alice.ask("hello"), "chat");
      t.expect.deepEqual(await t.serverLog(), [["chat", 0]]);
    },
  },
  {
    name: "namespaces: leaving one keeps the others",
    server(io, log) {
      for (const name of ["/", "/a"]) {
        io.of(name).on("connection", (socket) => {
          socket.on("disconnect", (reason) => log("disconnect", name, reason));
          socket.on("hello", (answer) => answer(name));
        });
      }
    },
    async client(t) {
      const main = await t.connect("alice");
      const a = await main.open("/a");
      await a.disconnect();
      await t.serverLogged("disconnect");
      t.expect.equal(await main.ask("hello"), "/");
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnect", "/a", "client namespace disconnect"],
      ]);
    },
  },
  {
    name: "namespaces: joining again after leaving gives a new socket",
    server(io, log) {
      io.of("/a").on("connection", (socket) => {
        log("connection", socket.id, io.of("/a").sockets.size);
      });
    },
    async client(t) {
      const main = await t.connect("alice");
      const a = await main.open("/a");
      await a.disconnect();
      await main.fence();
      await a.reconnect();
      await t.serverLogged("connection", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["connection", "<alice/a>", 1],
        ["connection", "<alice/a#2>", 1],
      ]);
    },
  },
  {
    name: "namespaces: an unknown one is refused and the connection stays",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const main = await t.connect("alice");
      const unknown = await main.open("/unknown");
      t.expect.deepEqual(unknown.log, [
        ["connect_error", "Invalid namespace", { $undefined: true }],
      ]);
      t.expect.equal(await main.ask("hello"), "still here");
    },
  },
  {
    name: "namespaces: names of Object.prototype are unknown namespaces",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      for (const name of ["/__proto__", "/constructor", "/toString", "/hasOwnProperty"]) {
        await raw.connect(name);
      }
      await raw.connect();
      t.expect.deepEqual(raw.frames.slice(1), [
        '44/__proto__,{"message":"Invalid namespace"}',
        '44/constructor,{"message":"Invalid namespace"}',
        '44/toString,{"message":"Invalid namespace"}',
        '44/hasOwnProperty,{"message":"Invalid namespace"}',
        '40{"sid":"<raw>"}',
      ]);
      t.expect.ok(raw.open);
    },
  },
  {
    name: "namespaces: names are exact: case, trailing slash, query, unicode",
    server(io) {
      io.of("/Mäuse-🐁").on("connection", (socket) =>
        socket.emit("hello", { at: socket.nsp.name }),
      );
      io.of("/with/slashes").on("connection", (socket) => socket.emit("hello"));
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect("/Mäuse-🐁");
      await raw.connect("/mäuse-🐁");
      await raw.connect("/with/slashes");
      await raw.connect("/with/slashes/");
      await raw.connect("/with");
      await raw.connect("/with/slashes?a=b");
      t.expect.deepEqual(raw.frames.slice(1), [
        '40/Mäuse-🐁,{"sid":"<raw/Mäuse-🐁>"}',
        '42/Mäuse-🐁,["hello",{"at":"/Mäuse-🐁"}]',
        '44/mäuse-🐁,{"message":"Invalid namespace"}',
        '40/with/slashes,{"sid":"<raw/with/slashes>"}',
        '42/with/slashes,["hello"]',
        '44/with/slashes/,{"message":"Invalid namespace"}',
        '44/with,{"message":"Invalid namespace"}',
        '44/with/slashes?a=b,{"message":"Invalid namespace"}',
      ]);
    },
  },
  {
    name: "namespaces: a long name works",
    server(io) {
      io.of(`/${"n".repeat(600)}`).on("connection", (socket) => {
        socket.on("echo", (value, answer) => answer(value));
        socket.on("say", (value) => socket.nsp.emit("said", value));
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { namespace: `/${"n".repeat(600)}` });
      t.expect.deepEqual(await alice.ask("echo", { a: [1] }), { a: [1] });
      await alice.emit("say", { b: "ü" });
      t.expect.deepEqual(await alice.received("said"), [{ b: "ü" }]);
    },
  },
  {
    name: "namespaces: of(name, listener) registers the listener",
    server(io, log) {
      io.of("/chat", (socket) => log("listener", socket.nsp.name));
    },
    async client(t) {
      await t.connect("alice", { namespace: "/chat" });
      t.expect.deepEqual(await t.serverLogged("listener"), ["/chat"]);
    },
  },
  {
    name: "namespaces: new_namespace fires for each but the main one",
    server(io, log) {
      io.on("new_namespace", (namespace) => log("new", namespace.name));
      io.of("/a");
      io.of("/b");
      io.of("/a");
      io.of("/");
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLog(), [
        ["new", "/a"],
        ["new", "/b"],
      ]);
    },
  },
  {
    name: "namespaces: events, acks and rooms of one do not leak into another",
    server(io) {
      for (const name of ["/a", "/b"]) {
        io.of(name).on("connection", (socket) => {
          socket.join("room");
          socket.on("all", () => io.of(name).emit("to all", { from: name }));
          socket.on("room", () => io.of(name).to("room").emit("to room", { from: name }));
          socket.on("others", () => socket.broadcast.emit("to others", { from: name }));
        });
      }
    },
    async client(t) {
      const a1 = await t.connect("one", { namespace: "/a" });
      const b1 = await a1.open("/b");
      const a2 = await t.connect("two", { namespace: "/a" });
      await a1.emit("all");
      await b1.emit("room");
      await a2.emit("others");
      await t.settle();
      t.expect.deepEqual(a1.log.slice(1), [
        ["to all", { from: "/a" }],
        ["to others", { from: "/a" }],
      ]);
      t.expect.deepEqual(b1.log.slice(1), [["to room", { from: "/b" }]]);
      t.expect.deepEqual(a2.log.slice(1), [["to all", { from: "/a" }]]);
    },
  },
  {
    name: "namespaces: one created after clients are there can be joined",
    server(io) {
      controls(io, {
        create: (name: string) => {
          io.of(name).on("connection", (socket) => socket.emit("welcome"));
        },
      });
    },
    awake: "the namespace is created by an event, not by the setup",
    async client(t) {
      const main = await t.connect("alice");
      const early = await main.open("/late");
      t.expect.deepEqual(early.events, ["connect_error"]);
      await t.control("create", "/late");
      await early.reconnect();
      await early.received("welcome");
      t.expect.deepEqual(early.events, ["connect_error", "connect", "welcome"]);
    },
  },
]);
