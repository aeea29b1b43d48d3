/**
 * Namespaces made by a regular expression or a function, their parents, and their removal.
 *
 * Normalised: ids (names of the clients); the parent's own name, which counts up per process.
 * A function parent would see the names of fences: those scenarios wait for conditions only.
 */
import type { Namespace } from "socket.io";
import { controls } from "../controls.ts";
import { scenarios } from "../scenario.ts";

/** `children` of a parent namespace: undocumented, but read by applications. */
function children(parent: unknown): string[] {
  return [...(parent as { children: Set<Namespace> }).children].map(({ name }) => name);
}

export const DYNAMIC_NAMESPACES = scenarios([
  {
    name: "dynamic: a regular expression makes namespaces on connect",
    server(io, log) {
      io.of(/^\/room-\d+$/).on("connection", (socket) => {
        log("connection", socket.nsp.name, socket.id);
        socket.on("name", (answer) => answer(socket.nsp.name));
      });
    },
    async client(t) {
      const one = await t.connect("one", { namespace: "/room-1" });
      const two = await t.connect("two", { namespace: "/room-22" });
      const none = await t.connect("none", { namespace: "/room-x" });
      t.expect.equal(await one.ask("name"), "/room-1");
      t.expect.equal(await two.ask("name"), "/room-22");
      t.expect.deepEqual(none.events, ["connect_error"]);
      t.expect.deepEqual(await t.serverLog(), [
        ["connection", "/room-1", "<one>"],
        ["connection", "/room-22", "<two>"],
      ]);
    },
  },
  {
    name: "dynamic: a stateful regular expression is refused",
    server(io, log) {
      for (const pattern of [/^\/a$/g, /^\/a$/y]) {
        try {
          io.of(pattern);
          log("accepted");
        } catch (error) {
          log("refused", error);
        }
      }
    },
    async client(t) {
      await t.connect("alice");
      const refused = ["refused", { $error: "stateful regular expressions are not supported" }];
      t.expect.deepEqual(await t.serverLog(), [refused, refused]);
    },
  },
  {
    name: "dynamic: a function decides, with the name and the auth payload",
    server(io, log) {
      const parent = io.of((name, auth, next) => {
        log("asked", name, auth);
        next(null, auth.token === "valid");
      });
      parent.on("connection", (socket) => log("connection", socket.nsp.name));
    },
    async client(t) {
      const good = await t.connect("good", { namespace: "/x", auth: { token: "valid" } });
      const bad = await t.connect("bad", { namespace: "/y", auth: { token: "no" } });
      const none = await t.connect("none", { namespace: "/z" });
      t.expect.deepEqual(good.events, ["connect"]);
      t.expect.deepEqual(bad.log, [["connect_error", "Invalid namespace", { $undefined: true }]]);
      t.expect.deepEqual(none.events, ["connect_error"]);
      t.expect.deepEqual(await t.serverLog(), [
        ["asked", "/x", { token: "valid" }],
        ["connection", "/x"],
        ["asked", "/y", { token: "no" }],
        ["asked", "/z", {}],
      ]);
    },
  },
  {
    name: "dynamic: a function may answer later, or with an error",
    server(io, log) {
      io.of(async (name, _auth, next) => {
        await Promise.resolve();
        if (name === "/error") return next(new Error("refused"), true);
        next(null, name === "/later");
      }).on("connection", (socket) => log("connection", socket.nsp.name));
    },
    async client(t) {
      const later = await t.connect("later", { namespace: "/later" });
      const error = await t.connect("error", { namespace: "/error" });
      t.expect.deepEqual(later.events, ["connect"]);
      t.expect.deepEqual(error.log, [["connect_error", "Invalid namespace", { $undefined: true }]]);
      t.expect.deepEqual(await t.serverLog(), [["connection", "/later"]]);
    },
  },
  {
    name: "dynamic: parents are asked in order until one accepts",
    server(io, log) {
      io.of((name, _auth, next) => {
        log("first", name);
        next(null, name.startsWith("/a"));
      }).on("connection", () => log("first connection"));
      io.of(/^\/b/).on("connection", () => log("regex connection"));
      io.of((name, _auth, next) => {
        log("third", name);
        next(null, true);
      }).on("connection", () => log("third connection"));
    },
    async client(t) {
      await t.connect("a", { namespace: "/ab" });
      await t.connect("b", { namespace: "/ba" });
      await t.connect("c", { namespace: "/ca" });
      await t.connect("a2", { namespace: "/ab" });
      await t.serverLogged("first connection", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["first", "/ab"],
        ["first connection"],
        ["first", "/ba"],
        ["regex connection"],
        ["first", "/ca"],
        ["third", "/ca"],
        ["third connection"],
        ["first connection"],
      ]);
    },
  },
  {
    name: "dynamic: of(regex, listener) and connect listeners are inherited",
    server(io, log) {
      const parent = io.of(/^\/d-/, (socket) => log("argument", socket.nsp.name));
      parent.on("connect", (socket) => log("connect", socket.nsp.name));
      parent.on("connection", (socket) => log("connection", socket.nsp.name));
      parent.use((socket, next) => {
        log("middleware", socket.nsp.name);
        next();
      });
    },
    async client(t) {
      await t.connect("alice", { namespace: "/d-1" });
      await t.serverLogged("connection");
      t.expect.deepEqual(await t.serverLog(), [
        ["middleware", "/d-1"],
        ["argument", "/d-1"],
        ["connect", "/d-1"],
        ["connection", "/d-1"],
      ]);
    },
  },
  {
    name: "dynamic: concurrent connects to one name create it once",
    server(io, log) {
      io.on("new_namespace", ({ name }) => log("new", name));
      const parent = io.of(async (name, _auth, next) => {
        await Promise.resolve();
        next(null, name === "/shared");
      });
      parent.on("connection", (socket) => {
        socket.on("count", (answer) => answer(socket.nsp.sockets.size, children(parent).length));
      });
    },
    async client(t) {
      const clients = await Promise.all(
        ["a", "b", "c"].map((name) => t.connect(name, { namespace: "/shared" })),
      );
      for (const client of clients) {
        t.expect.equal(await client.ask("count"), 3);
      }
      t.expect.deepEqual(await t.serverLog(), [["new", "/shared"]]);
    },
  },
  {
    name: "dynamic: a parent's emit reaches all its children",
    server(io) {
      const parent = io.of(/^\/d-\d+$/);
      controls(io, {
        emit: () => parent.emit("from the parent", 1),
        room: () => parent.to("room").emit("to the room", 2),
        except: () => parent.except("room").emit("except the room", 3),
      });
      parent.on("connection", (socket) => {
        if (socket.handshake.auth.join) socket.join("room");
      });
    },
    async client(t) {
      const one = await t.connect("one", { namespace: "/d-1", auth: { join: true } });
      const two = await t.connect("two", { namespace: "/d-2" });
      const main = await t.connect("main");
      t.expect.equal(await t.control("emit"), true);
      await t.control("room");
      await t.control("except");
      await t.settle();
      t.expect.deepEqual(one.log.slice(1), [
        ["from the parent", 1],
        ["to the room", 2],
      ]);
      t.expect.deepEqual(two.log.slice(1), [
        ["from the parent", 1],
        ["except the room", 3],
      ]);
      t.expect.deepEqual(main.events, ["connect"]);
    },
  },
  {
    name: "dynamic: children are told apart from each other",
    server(io) {
      io.of(/^\/d-\d+$/).on("connection", (socket) => {
        socket.on("say", (text) => socket.nsp.emit("said", text));
      });
    },
    async client(t) {
      const one = await t.connect("one", { namespace: "/d-1" });
      const other = await t.connect("other", { namespace: "/d-1" });
      const two = await t.connect("two", { namespace: "/d-2" });
      await one.emit("say", "hello");
      await t.settle();
      t.expect.deepEqual(one.events, ["connect", "said"]);
      t.expect.deepEqual(other.events, ["connect", "said"]);
      t.expect.deepEqual(two.events, ["connect"]);
    },
  },
  {
    name: "dynamic: fetchSockets is not supported on a parent",
    server(io, log) {
      const parent = io.of(/^\/d-/);
      try {
        parent.fetchSockets();
        log("no error");
      } catch (error) {
        log("error", error);
      }
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLogged("error"), [
        { $error: "fetchSockets() is not supported on parent namespaces" },
      ]);
    },
  },
  {
    name: "dynamic: io.of of a matching name attaches to the regular expression's parent",
    server(io, log) {
      const parent = io.of(/^\/dynamic-\d+$/);
      parent.use((_socket, next) => {
        log("middleware of the parent");
        next();
      });
      parent.on("connection", (socket) => log("connection", socket.nsp.name));
      const child = io.of("/dynamic-101");
      log("children", children(parent), child === io.of("/dynamic-101"));
      io.of("/static");
      log("names", [...io._nsps.keys()]);
    },
    async client(t) {
      await t.connect("alice", { namespace: "/dynamic-101" });
      await t.serverLogged("connection");
      t.expect.deepEqual(await t.serverLog(), [
        ["children", ["/dynamic-101"], true],
        ["names", ["/", "/dynamic-101", "/static"]],
        ["middleware of the parent"],
        ["connection", "/dynamic-101"],
      ]);
    },
  },
  {
    name: "dynamic: a static namespace of the same name goes first",
    server(io, log) {
      io.of("/d-1").on("connection", () => log("static"));
      io.of(/^\/d-/).on("connection", (socket) => log("dynamic", socket.nsp.name));
    },
    async client(t) {
      await t.connect("one", { namespace: "/d-1" });
      await t.connect("two", { namespace: "/d-2" });
      await t.serverLogged("dynamic");
      t.expect.deepEqual(await t.serverLog(), [["static"], ["dynamic", "/d-2"]]);
    },
  },
  {
    name: "dynamic: new_namespace fires for children, on the main namespace",
    server(io, log) {
      io.on("new_namespace", ({ name }) => log("new", name));
      io.of(/^\/d-/);
    },
    async client(t) {
      await t.connect("one", { namespace: "/d-1" });
      await t.connect("two", { namespace: "/d-1" });
      await t.connect("three", { namespace: "/d-2" });
      t.expect.deepEqual(await t.serverLog(), [
        ["new", "/d-1"],
        ["new", "/d-2"],
      ]);
    },
  },
  {
    name: "dynamic: children stay when they are empty, by default",
    awake: "a sleep forgets dynamic namespaces that nobody is in",
    server(io) {
      const parent = io.of(/^\/d-/);
      parent.on("connection", () => {});
      controls(io, { look: () => [io._nsps.has("/d-1"), children(parent)] });
    },
    async client(t) {
      const main = await t.connect("alice");
      const child = await main.open("/d-1");
      await child.disconnect();
      await main.fence();
      t.expect.deepEqual(await t.control("look"), [true, ["/d-1"]]);
    },
  },
]);
