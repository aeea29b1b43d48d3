/** What is seldom used of namespaces, middlewares, connections and handshakes, much of it in one program each. */
import { controls } from "../controls.ts";
import { kind } from "../kind.ts";
import { scenarios } from "../scenario.ts";

const message = (run: () => unknown): unknown => {
  try {
    return kind(run());
  } catch (error) {
    return (error as Error).message;
  }
};

export const LESS_USED_JOINING = scenarios([
  {
    name: "less used: errors with data, of middlewares and of packets",
    server(io, log) {
      io.use((socket, next) => {
        const { refuse } = socket.handshake.auth;
        if (refuse === undefined) return next();
        const error = new RangeError(`refused ${refuse}`) as Error & { data?: unknown };
        if (refuse === "object") error.data = { code: 7, list: [1, null], at: new Date(0) };
        if (refuse === "null") error.data = null;
        if (refuse === "zero") error.data = 0;
        if (refuse === "text") error.data = "text";
        next(error);
      });
      io.on("connection", (socket) => {
        socket.use((packet, next) => {
          if (packet[0] === "bad") next(Object.assign(new TypeError("no"), { data: { packet } }));
          else {
            packet.push("more");
            next();
          }
        });
        socket.use((packet, next) =>
          setTimeout(next, 1, packet[0] === "later" ? new Error("later") : undefined),
        );
        socket.on("error", (error) =>
          log(
            "error",
            error.name,
            error.message,
            JSON.stringify((error as { data?: unknown }).data),
          ),
        );
        socket.on("good", (...all) => log("good", ...all));
      });
    },
    async client(t) {
      for (const refuse of ["object", "null", "zero", "text", "none"]) {
        const raw = await t.raw(`raw ${refuse}`);
        await raw.send(`40${JSON.stringify({ refuse })}`);
        await raw.frame((frame) => frame.startsWith("44"));
        await raw.close();
      }
      const alice = await t.connect("alice");
      await alice.emit("bad", 1);
      await t.serverLogged("error");
      await alice.emit("later", 1);
      await t.serverLogged("error", 2);
      await alice.emit("good", 1);
      t.expect.deepEqual(await t.serverLogged("good"), [1, "more"]);
    },
  },
  {
    name: "less used: catch-all listeners, middlewares and once in one order",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.use(([event], next) => {
          log("use", event);
          next();
        });
        socket.prependAny((event) => log("first", event));
        socket.onAny((event, ...args) => log("any", event, args.length, typeof args.at(-1)));
        socket.on("e", (...args) => log("e", args.length));
        socket.onAnyOutgoing((event, ...args) => log("out", event, args.length));
        socket.prependAnyOutgoing((event) => log("out first", event));
        log("lists", socket.listenersAny().length, socket.listenersAnyOutgoing().length);
        socket.on("ask", (value, answer) => {
          socket.emit("one", value);
          io.emit("two", value);
          socket.to("nobody").emit("three");
          socket.broadcast.emit("four");
          socket.send("five");
          answer(value);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("e", 1, 2);
      t.expect.equal(await alice.ask("ask", 3), 3);
    },
  },
  {
    name: "less used: io.of(fn) asked more than once, with its listener",
    server(io, log) {
      const parent = io.of(
        (name, auth, next) => {
          log("asked", name, JSON.stringify(auth));
          if (name === "/no") next(null, false);
          else if (name === "/error") next(new Error("broken"), true);
          else next(null, true);
        },
        (socket) => {
          log("listener", socket.nsp.name);
          socket.on("who", (answer) => answer([socket.nsp.name, socket.nsp.sockets.size]));
        },
      );
      parent.use((socket, next) => {
        log("middleware", socket.nsp.name, socket.nsp !== (parent as unknown));
        next();
      });
      log("kind", parent.constructor.name, typeof parent.name, parent.sockets.size);
      io.on("new_namespace", (nsp) => log("new", nsp.name));
      controls(io, { names: () => [...io._nsps.keys()].sort(), emit: () => parent.emit("all", 1) });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const one = await alice.open("/one", { auth: { a: 1 } });
      t.expect.deepEqual(await one.ask("who"), ["/one", 1]);
      const raw = await t.raw("raw");
      await raw.send('40/no,{"b":2}');
      await raw.frame((frame) => frame.startsWith("44/no"));
      await raw.send("40/error,");
      await raw.frame((frame) => frame.startsWith("44/error"));
      await raw.send("40/one,");
      await raw.frame((frame) => frame.startsWith("40/one"));
      await t.control("emit");
      await one.received("all");
      t.expect.deepEqual(await t.control("names"), ["/", "/control", "/one"]);
    },
  },
  {
    name: "less used: a namespace made late, by a listener of another",
    awake: "the namespace is made by a listener of an event",
    server(io, log) {
      io.on("new_namespace", (nsp) => log("new", nsp.name, nsp.sockets.size));
      io.on("connection", (socket) => {
        socket.on("make", (name, done) => {
          const nsp = io.of(name);
          nsp.use((_one, next) => {
            log("use", name);
            next();
          });
          nsp.on("connect", (one) => {
            log(
              "connect",
              name,
              one.nsp === nsp,
              one.client === socket.client,
              one.conn === socket.conn,
            );
            nsp.emit("hello", name);
          });
          done([...io._nsps.keys()]);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.deepEqual(await alice.ask("make", "/late"), ["/", "/late"]);
      const late = await alice.open("/late");
      await late.received("hello");
      await alice.ask("make", "/late");
      const bob = await t.connect("bob");
      await (await bob.open("/late")).received("hello");
    },
  },
  {
    name: "less used: what a connection sends, and what it calls back",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.conn.on("flush", (packets: { type: string; data: unknown }[]) =>
          log(
            "flush",
            packets.map(({ type, data }) => [type, String(data).slice(0, 6)]),
          ),
        );
        socket.on("q", (answer) => {
          log("before");
          answer(1);
          log("answered");
        });
        socket.on("two", () => {
          socket.emit("one");
          socket.emit("two");
        });
        socket.on("sent", () => {
          (
            socket.conn as unknown as {
              send(data: string, options: object, done: () => void): void;
            }
          ).send('2["raw"]', { compress: false }, () => log("handed on"));
          log("written", socket.conn.readyState, socket.conn.transport.name, socket.conn.protocol);
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('420["q"]');
      await raw.frame("430[1]");
      await raw.send('42["two"]');
      await raw.frame('42["two"]');
      await raw.send('42["sent"]');
      await raw.frame('42["raw"]');
      await t.serverLogged("handed on");
      await t.settle(raw);
      t.expect.deepEqual(await t.serverLogged("written"), ["open", "websocket", 4]);
    },
  },
  {
    name: "less used: what a handshake, a client and a connection show",
    server(io, log) {
      io.on("connection", (socket) => {
        const { handshake } = socket;
        log(
          "handshake",
          Object.keys(handshake).sort(),
          typeof handshake.time,
          Number.isInteger(handshake.issued),
          handshake.secure,
          handshake.xdomain,
        );
        log(
          "query",
          Object.keys(handshake.query).sort(),
          handshake.query.EIO,
          handshake.query.transport,
          handshake.url.split("?")[0],
        );
        log(
          "address",
          kind(handshake.address),
          kind(handshake.headers),
          kind(handshake.headers.host),
          Math.abs(new Date(handshake.time).getTime() - handshake.issued) < 1_000,
        );
        log(
          "same",
          socket.request === socket.conn.request,
          socket.client.conn === socket.conn,
          socket.client.request === socket.request,
          io.sockets.sockets.get(socket.id) === socket,
        );
        log(
          "socket",
          socket.recovered,
          socket.connected,
          socket.disconnected,
          kind(socket.data),
          Object.keys(socket.data).length,
          socket.nsp.name,
        );
        log(
          "conn",
          socket.conn.readyState,
          socket.conn.protocol,
          kind(socket.conn.remoteAddress),
          socket.conn.transport.name,
          socket.conn.upgraded,
          kind((socket.conn as unknown as { id: string }).id),
        );
        log(
          "request",
          socket.request.method,
          socket.request.url?.split("?")[0],
          kind((socket.request as unknown as { _query: object })._query),
          kind(socket.request.headers),
        );
        log(
          "engine",
          Object.keys((io.engine as unknown as { clients: object }).clients).length,
          io.engine.clientsCount,
          kind(io.engine.generateId),
          kind(io.engine.opts),
        );
        log("end");
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("end");
      t.expect.deepEqual(await t.serverLogged("same"), [true, true, true, true]);
    },
  },
  {
    name: "less used: errors of what is asked wrongly",
    server(io, log) {
      io.on("connection", (socket) => {
        log(
          "io",
          message(() => io.emit("connection", 1)),
          message(() => io.emit("connect")),
          message(() => io.emit("new_namespace")),
          message(() => io.emit("error", 1)),
        );
        log(
          "nsp",
          message(() => io.of("/").emit("disconnecting")),
          message(() => io.to("a").emit("disconnect")),
          message(() => io.timeout(1).emit("connect_error", () => {})),
        );
        log(
          "socket",
          message(() => socket.emit("newListener")),
          message(() => socket.emit("removeListener")),
          message(() => socket.broadcast.emit("connect")),
          message(() => socket.send()),
        );
        log(
          "parse",
          message(() => io.of(/x/g)),
          message(() => socket.to("a").emit("e", () => {})),
          message(() => io.emit("e", 1, () => {})),
          message(() => io.of("/").volatile.emit("e", () => {})),
        );
        log(
          "off",
          message(() => (socket.off as (name?: string) => unknown)()),
          message(() => (socket.use as (fn?: unknown) => unknown)("x")),
          message(() => io.of(undefined as never)),
        );
        log(
          "room",
          message(() => socket.to(undefined as never)),
          // Adapters that tell others of a room give a promise.
          message(() => void socket.join(undefined as never)),
          message(() => io.in(null as never).fetchSockets()),
        );
        log("end");
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("end");
      t.expect.equal((await t.serverLogged("io"))[1], '"connect" is a reserved event name');
    },
  },
  {
    name: "less used: what fetchSockets gives can be used like sockets",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.data.name = socket.handshake.auth.name;
        void socket.join(["a", `own ${socket.data.name}`]);
        socket.on("look", async (done) => {
          const all = await io.in("a").except("own bob").fetchSockets();
          log(
            "names",
            all.map(({ data }) => data.name),
            all.map(({ rooms }) => rooms.size),
          );
          for (const one of await io.fetchSockets()) {
            one.join("b");
            one.leave("a");
            one.emit("hello", one.data.name);
            one.data.seen = true;
          }
          log(
            "after",
            (await io.in("a").fetchSockets()).length,
            (await io.in("b").fetchSockets()).length,
            socket.data.seen,
          );
          log(
            "local",
            (await io.local.fetchSockets()).length,
            (await socket.broadcast.fetchSockets()).map(({ data }) => data.name),
            (await socket.in("b").fetchSockets()).length,
          );
          for (const one of await socket.broadcast.fetchSockets())
            log("timeout", await one.timeout(5_000).emitWithAck("q"));
          done();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { name: "alice" } });
      const bob = await t.connect("bob", {
        auth: { name: "bob" },
        on: { q: (answer: (v: unknown) => void) => answer("bob") },
      });
      await alice.ask("look");
      await bob.received("hello");
      await alice.received("hello");
      t.expect.deepEqual(await t.serverLogged("timeout"), ["bob"]);
    },
  },
]);
