/**
 * Middlewares of namespaces: order, refusals and their data, asynchronous ones, lost clients.
 *
 * Normalised: ids (names of the clients).
 */
import { controls } from "../controls.ts";
import { scenarios } from "../scenario.ts";

/** An error with the `data` that the client sees. */
function withData(message: string, data: unknown): Error {
  return Object.assign(new Error(message), { data });
}

export const MIDDLEWARES = scenarios([
  {
    name: "middlewares: run in the order of registration, before the connection",
    server(io, log) {
      io.use((_socket, next) => {
        log("first");
        next();
      });
      io.on("connection", () => log("connection"));
      io.use((_socket, next) => {
        log("second");
        next();
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("connection");
      t.expect.deepEqual(await t.serverLog(), [["first"], ["second"], ["connection"]]);
    },
  },
  {
    name: "middlewares: use returns the server or the namespace",
    server(io, log) {
      log("server", io.use((_socket, next) => next()) === io);
      log("namespace", io.of("/a").use((_socket, next) => next()) === io.of("/a"));
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLog(), [
        ["server", true],
        ["namespace", true],
      ]);
    },
  },
  {
    name: "middlewares: an error refuses the client and stops the chain",
    server(io, log) {
      io.use((_socket, next) => {
        log("first");
        next(new Error("not authorized"));
      });
      io.use((_socket, next) => {
        log("second");
        next();
      });
      io.on("connection", () => log("connection"));
    },
    async client(t) {
      const alice = await t.connect("alice");
      await t.settle();
      t.expect.deepEqual(alice.log, [["connect_error", "not authorized", { $undefined: true }]]);
      t.expect.deepEqual(await t.serverLog(), [["first"]]);
    },
  },
  {
    name: "middlewares: the refusal's frame has data only if the error has",
    server(io) {
      io.use((socket, next) => {
        const { kind } = socket.handshake.auth;
        if (kind === "plain") return next(new Error("plain"));
        if (kind === "data") return next(withData("with data", { code: 7, list: [1] }));
        if (kind === "null") return next(withData("null data", null));
        if (kind === "empty") return next(new Error(""));
        next(withData('ünïcödé 🐁 "quoted"', "text"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      for (const kind of ["plain", "data", "null", "empty", "other"]) {
        await raw.connect("/", { kind });
      }
      t.expect.deepEqual(raw.frames.slice(1), [
        '44{"message":"plain"}',
        '44{"message":"with data","data":{"code":7,"list":[1]}}',
        '44{"message":"null data","data":null}',
        '44{"message":""}',
        '44{"message":"ünïcödé 🐁 \\"quoted\\"","data":"text"}',
      ]);
    },
  },
  {
    name: "middlewares: the client sees err.data",
    server(io) {
      io.use((_socket, next) => next(withData("refused", { content: "please retry later" })));
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.deepEqual(alice.log, [
        ["connect_error", "refused", { content: "please retry later" }],
      ]);
    },
  },
  {
    name: "middlewares: a refused client may try again on the same connection",
    server(io, log) {
      io.use((socket, next) => {
        log("try", socket.handshake.auth.token);
        next(socket.handshake.auth.token === "good" ? undefined : new Error("refused"));
      });
      io.on("connection", (socket) => log("connection", socket.id));
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect("/", { token: "bad" });
      await raw.connect("/", { token: "good" });
      t.expect.deepEqual(raw.frames.slice(1), ['44{"message":"refused"}', '40{"sid":"<raw>"}']);
      t.expect.deepEqual(await t.serverLog(), [
        ["try", "bad"],
        ["try", "good"],
        ["connection", "<raw>"],
      ]);
    },
  },
  {
    name: "middlewares: a refused socket has left every room and the namespace",
    server(io) {
      io.use((socket, next) => {
        socket.join(["a", "b"]);
        next(new Error("refused"));
      });
      controls(io, {
        look: async () => [
          io.sockets.sockets.size,
          io.sockets.adapter.rooms.size,
          io.sockets.adapter.sids.size,
          (await io.fetchSockets()).length,
        ],
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.deepEqual(alice.events, ["connect_error"]);
      t.expect.deepEqual(await t.control("look"), [0, 0, 0, 0]);
    },
  },
  {
    name: "middlewares: each namespace has its own",
    server(io, log) {
      io.use((_socket, next) => {
        log("main");
        next();
      });
      io.of("/a").use((_socket, next) => {
        log("a");
        next(new Error("closed"));
      });
    },
    async client(t) {
      const main = await t.connect("alice");
      const a = await main.open("/a");
      t.expect.deepEqual(a.log, [["connect_error", "closed", { $undefined: true }]]);
      t.expect.deepEqual(main.events, ["connect"]);
      t.expect.deepEqual(await t.serverLog(), [["main"], ["a"]]);
    },
  },
  {
    name: "middlewares: asynchronous ones hold the connection back",
    server(io, log) {
      io.use(async (socket, next) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        log("waited", socket.connected);
        next();
      });
      io.use((_socket, next) => void Promise.resolve().then(() => next()));
      io.on("connection", (socket) => {
        log("connection");
        socket.on("hello", (answer) => answer("hi"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("hello"), "hi");
      t.expect.deepEqual(await t.serverLog(), [["waited", false], ["connection"]]);
    },
  },
  {
    name: "middlewares: a client lost during an asynchronous one never connects",
    awake: "an unfinished middleware holds the object awake",
    server(io, log) {
      io.use((socket, next) => {
        socket.join("room");
        log("middleware");
        socket.conn.once("close", () => {
          log("closed");
          next();
          setTimeout(
            () => log("after", io.sockets.sockets.size, io.sockets.adapter.rooms.size),
            10,
          );
        });
      });
      io.on("connection", () => log("connection"));
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.send("40");
      await t.serverLogged("middleware");
      raw.terminate();
      await t.serverLogged("after");
      t.expect.deepEqual(await t.serverLog(), [["middleware"], ["closed"], ["after", 0, 0]]);
    },
  },
  {
    name: "middlewares: two sockets are in them at the same time",
    awake: "an unfinished middleware holds the object awake",
    server(io, log) {
      const waiting: (() => void)[] = [];
      io.use((socket, next) => {
        log("waiting", socket.handshake.auth.name);
        waiting.push(next);
        if (waiting.length === 2) for (const go of waiting.reverse()) go();
      });
      io.on("connection", (socket) => log("connection", socket.handshake.auth.name));
    },
    async client(t) {
      const alice = t.client("alice", { auth: { name: "alice" } });
      await alice.act((socket) => socket.connect());
      await t.serverLogged("waiting");
      await t.connect("bob", { auth: { name: "bob" } });
      await alice.settled();
      t.expect.deepEqual(await t.serverLog(), [
        ["waiting", "alice"],
        ["waiting", "bob"],
        ["connection", "bob"],
        ["connection", "alice"],
      ]);
    },
  },
  {
    name: "middlewares: events sent before the answer close the connection",
    awake: "an unfinished middleware holds the object awake",
    server(io, log) {
      io.use((_socket, next) => {
        log("middleware");
        setTimeout(next, 500);
      });
      io.on("connection", () => log("connection"));
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.send("40", '42["too early"]');
      await raw.closed();
      t.expect.deepEqual(raw.frames.slice(1), []);
      t.expect.deepEqual(await t.serverLog(), [["middleware"]]);
    },
  },
  {
    name: "middlewares: an emit to the socket inside one comes before the connect",
    server(io) {
      io.use((socket, next) => {
        socket.emit("early", 1);
        next();
      });
      io.on("connection", (socket) => void socket.emit("late", 2));
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.frame('42["late",2]');
      t.expect.deepEqual(raw.frames.slice(1), [
        '42["early",1]',
        '40{"sid":"<raw>"}',
        '42["late",2]',
      ]);
    },
  },
  {
    name: "middlewares: listeners registered in one are the socket's",
    server(io, log) {
      io.use((socket, next) => {
        socket.on("from the middleware", () => log("middleware's listener"));
        socket.onAny((event) => log("any", event));
        next();
      });
      io.on("connection", (socket) => {
        log("count", socket.listenerCount("from the middleware"));
      });
    },
    awake: "middlewares do not run again on a wake, so their listeners are gone",
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("from the middleware");
      await t.serverLogged("middleware's listener");
      t.expect.deepEqual(await t.serverLog(), [
        ["count", 1],
        ["any", "from the middleware"],
        ["middleware's listener"],
      ]);
    },
  },
  {
    name: "middlewares: one added later applies to later clients",
    awake: "the middleware is added by an event, not by the setup",
    server(io, log) {
      io.on("connection", (socket) => {
        log("connection", socket.handshake.auth.name);
        socket.on("close the door", (answer) => {
          io.use((_socket, next) => next(new Error("closed")));
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "alice" } });
      await alice.ask("close the door");
      const bob = await t.connect("bob", { auth: { name: "bob" } });
      t.expect.deepEqual(bob.events, ["connect_error"]);
      t.expect.deepEqual(await t.serverLog(), [["connection", "alice"]]);
    },
  },
  {
    name: "middlewares: disconnecting inside one has no effect on the connect",
    server(io, log) {
      io.use((socket, next) => {
        socket.disconnect();
        next();
      });
      io.on("connection", (socket) => log("connection", socket.connected));
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.fence();
      t.expect.deepEqual(alice.events, ["connect"]);
      t.expect.deepEqual(await t.serverLog(), [["connection", true]]);
    },
  },
]);
