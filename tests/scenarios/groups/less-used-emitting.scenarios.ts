/** What is seldom used of operators, rooms and acknowledgements, much of it in one program each. */
import type { Socket } from "socket.io";
import { controls } from "../controls.ts";
import { kind } from "../kind.ts";
import { scenarios } from "../scenario.ts";

/** Whatever the operator is of, what it says of the next packet. */
interface Shown {
  rooms: Set<string>;
  exceptRooms: Set<string>;
  flags: object;
}

const shown = (operator: unknown) => {
  const { rooms, exceptRooms, flags } = operator as Shown;
  return [[...rooms], [...exceptRooms], JSON.stringify(flags)];
};

export const LESS_USED_EMITTING = scenarios([
  {
    name: "less used: operators in chains say what they hold",
    server(io, log) {
      io.on("connection", (socket) => {
        log(
          "io",
          ...shown(
            io
              .to("a")
              .to(["b", "c"])
              .except("x")
              .except(["y", "a"])
              .local.compress(true)
              .volatile.timeout(5),
          ),
        );
        log("in", ...shown(io.in([]).in("a")));
        log("socket", ...shown(socket.to("a").except("b").compress(false).timeout(7)));
        log("volatile", ...shown(socket.volatile.to("a")));
        log("timeout", ...shown(socket.timeout(3).compress(false).to("z")));
        log("of", ...shown(io.of("/").local.volatile.except("q")));
        log("twice", ...shown(io.timeout(1).timeout(2).to("a").in("a")));
        log("end");
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("end");
      t.expect.deepEqual(await t.serverLogged("in"), [["a"], [], "{}"]);
    },
  },
  {
    name: "less used: what methods return",
    server(io, log) {
      io.on("connection", (socket) => {
        const nsp = io.of("/");
        const is = (value: unknown) =>
          value === io ? "io" : value === nsp ? "nsp" : value === socket ? "socket" : kind(value);
        log(
          "io",
          is(io.emit("e")),
          is(io.send(1)),
          is(io.write(1)),
          is(io.use((_s, next) => next())),
          is(io.of("/")),
        );
        log(
          "io 2",
          is(io.sockets),
          is(io.path()),
          is(io.connectTimeout()),
          is(io.serveClient()),
          is(io.adapter()),
        );
        log(
          "io 3",
          is(io.socketsJoin("x")),
          is(io.socketsLeave("x")),
          is(io.on("z", () => {})),
          is(io.off("z", () => {})),
        );
        log(
          "nsp",
          is(nsp.emit("e")),
          is(nsp.send(1)),
          is(nsp.write(1)),
          is(nsp.to("none").emit("e")),
          is(nsp.timeout(5)),
        );
        log(
          "nsp 2",
          is(nsp.compress(false)),
          is(nsp.volatile),
          is(nsp.local),
          is(nsp.in("a")),
          is(nsp.except("a")),
        );
        log(
          "socket",
          is(socket.emit("e")),
          is(socket.send(1)),
          is(socket.write(1)),
          is(socket.compress(true)),
          is(socket.volatile),
        );
        log(
          "socket 2",
          is(socket.join("a")),
          is(socket.leave("a")),
          is(socket.timeout(4)),
          is(socket.broadcast),
          is(socket.to("a")),
        );
        log(
          "socket 3",
          is(socket.onAny(() => {})),
          is(socket.offAny()),
          is(socket.use((_e, next) => next())),
          is(socket.on("q", () => {})),
        );
        log(
          "socket 4",
          is(socket.onAnyOutgoing(() => {})),
          is(socket.offAnyOutgoing()),
          is(socket.prependAny(() => {})),
          is(socket.listenersAny().length),
        );
        log(
          "end",
          is(socket.removeAllListeners("q")),
          is(socket.disconnect()),
          is(socket.emit("late")),
          is(socket.join("late")),
          [...socket.rooms],
        );
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("end");
      t.expect.deepEqual(await t.serverLogged("io"), ["boolean", "io", "io", "io", "nsp"]);
    },
  },
  {
    name: "less used: settings are read and set",
    server(io, log) {
      log("first", io.path(), io.connectTimeout(), typeof io.adapter());
      log(
        "chained",
        io.path("/socket.io/") === io,
        io.connectTimeout(1234) === io,
        io.serveClient(false) === io,
      );
      log("then", io.path(), io.connectTimeout(), io.serveClient());
      log("typed", io.sockets.name, io.of("x").name, io.of("/x") === io.of("x"), io.of("").name);
      log("names", [...io._nsps.keys()]);
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLogged("names"), [["/", "/x"]]);
    },
  },
  {
    name: "less used: rooms at each moment of a socket's life",
    server(io, log) {
      const rooms = (when: string, socket: Socket) =>
        log(
          when,
          [...socket.rooms].map((room) => (room === socket.id ? "own" : room)).sort(),
          socket.connected,
          io.sockets.sockets.has(socket.id),
          io.sockets.adapter.sids.has(socket.id),
        );
      io.use((socket, next) => {
        rooms("middleware", socket);
        void socket.join("early");
        rooms("middleware joined", socket);
        next();
      });
      io.on("connection", (socket) => {
        rooms("connection", socket);
        void socket.join(["a", "b"]);
        rooms("joined", socket);
        socket.on("more", async (done) => {
          rooms("before", socket);
          await socket.join("late");
          await socket.leave("early");
          rooms("after", socket);
          done();
        });
        socket.on("disconnecting", () => rooms("disconnecting", socket));
        socket.on("disconnect", async () => {
          rooms("disconnect", socket);
          await socket.join("ghost");
          rooms("ghost", socket);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.ask("more");
      await alice.disconnect();
      await t.serverLogged("ghost");
      t.expect.deepEqual(await t.serverLogged("disconnecting"), [
        ["a", "b", "late", "own"],
        true,
        true,
        true,
      ]);
    },
  },
  {
    name: "less used: emitWithAck to rooms, with rooms left out",
    server(io, log) {
      io.on("connection", (socket) => {
        void socket.join(socket.handshake.auth.rooms);
        socket.on("ask", async (done) => {
          const told = async (name: string, asked: Promise<unknown>) => {
            try {
              log(name, JSON.stringify(await asked));
            } catch (error) {
              log(
                name,
                (error as Error).message,
                JSON.stringify((error as { responses?: unknown }).responses),
              );
            }
          };
          await told("both", io.to("a").except("b").timeout(5_000).emitWithAck("q", 1));
          await told("from", socket.to("a").timeout(5_000).emitWithAck("q", 2));
          await told("except", socket.except("b").timeout(5_000).emitWithAck("q", 3));
          await told("nobody", io.to("a").except("a").timeout(5_000).emitWithAck("q", 4));
          await told("own", io.in(socket.id).timeout(5_000).emitWithAck("q", 5));
          await told("socket", socket.timeout(5_000).emitWithAck("q", 6));
          await told("late", io.to("a").timeout(50).emitWithAck("silent", 7));
          await told("alone", socket.timeout(50).emitWithAck("silent", 8));
          done();
        });
      });
    },
    async client(t) {
      const answering = (name: string) => ({
        q: (value: number, answer: (v: unknown) => void) => answer([name, value]),
      });
      const alice = await t.connect("alice", { auth: { rooms: ["a"] }, on: answering("alice") });
      await t.connect("bob", { auth: { rooms: ["a", "b"] }, on: answering("bob") });
      await alice.ask("ask");
      t.expect.equal((await t.serverLogged("both"))[0], '[["alice",1]]');
    },
  },
  {
    name: "less used: a socket's timeout belongs to one emit, and tells once",
    awake: "acknowledgements are waited for",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("go", (done) => {
          socket.timeout(40).emit("silent", (...all: unknown[]) => {
            log("silent", all.length, String(all[0]));
            socket.timeout(5_000).emit("q", 1, (...some: unknown[]) => {
              log("answered", ...some);
              socket.emit("q", 2, (...plain: unknown[]) => {
                log("plain", ...plain);
                done();
              });
            });
          });
          log("returned", socket.timeout(10).emit("no callback", 1));
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", {
        on: { q: (value: number, answer: (v: unknown) => void) => answer(value * 2) },
      });
      await alice.ask("go");
      t.expect.deepEqual(await t.serverLogged("plain"), [4]);
    },
  },
  {
    name: "less used: what waits for an answer of a socket that goes",
    awake: "acknowledgements are waited for",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("go", () => {
          socket.emit("silent", () => log("never"));
          socket
            .timeout(60)
            .emit("silent", (error: unknown) => log("timed", String(error), socket.connected));
          socket
            .timeout(70)
            .emitWithAck("silent")
            .catch((error: unknown) => log("rejected", String(error)));
          io.timeout(80).emit("silent", (error: unknown, answers: unknown) =>
            log("broadcast", String(error), answers),
          );
          socket.disconnect();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("go");
      await t.serverLogged("timed");
      await t.serverLogged("rejected");
      t.expect.equal((await t.serverLogged("broadcast")).length, 2);
    },
  },
  {
    name: "less used: disconnectSockets(true) of a room, namespace by namespace",
    server(io, log) {
      for (const name of ["/", "/a", "/b"]) {
        io.of(name).on("connection", (socket) => {
          if (name === "/a") void socket.join("out");
          socket.on("disconnecting", (reason) =>
            log(`${name} disconnecting`, reason, socket.rooms.size),
          );
          socket.on("disconnect", (reason, description) =>
            log(`${name} disconnect`, reason, description === undefined),
          );
          socket.conn.on("close", (reason) => log(`${name} close`, reason));
        });
      }
      controls(io, {
        out: () => io.of("/a").in("out").disconnectSockets(true),
        count: () => io.engine.clientsCount,
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.open("/a");
      await alice.open("/b");
      await t.control("out");
      await t.serverLogged("/b close");
      t.expect.equal(await t.control("count"), 1);
    },
  },
]);
