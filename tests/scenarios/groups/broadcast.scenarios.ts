/**
 * Broadcasting: who gets it, once, with every combination of operators.
 *
 * Normalised: ids (names of the clients).
 */
import { controls } from "../controls.ts";
import type { ClientContext } from "../harness/context.ts";
import { type Scenario, scenarios } from "../scenario.ts";

/** Four clients: alice in a, bob in a and b, carol in b, dave in none. */
const ROOMS_OF: Record<string, string[]> = {
  alice: ["a"],
  bob: ["a", "b"],
  carol: ["b"],
  dave: [],
};

async function connectAll(t: ClientContext) {
  const clients = [];
  for (const [name, rooms] of Object.entries(ROOMS_OF)) {
    clients.push(await t.connect(name, { auth: { rooms } }));
  }
  return clients;
}

/** Who received the event "x" how often, as "alice bob bob". */
function receivers(clients: { name: string; events: string[] }[]): string {
  return clients
    .flatMap(({ name, events }) => events.filter((event) => event === "x").map(() => name))
    .join(" ");
}

/** A scenario in which alice triggers one broadcast; `expected` lists who gets it. */
function reach(
  name: string,
  expected: string,
  broadcast: (io: import("socket.io").Server, socket: import("socket.io").Socket) => unknown,
): Scenario {
  return {
    name: `broadcast: ${name}`,
    server(io) {
      io.on("connection", (socket) => {
        socket.join(socket.handshake.auth.rooms);
        socket.on("go", () => void broadcast(io, socket));
      });
    },
    async client(t) {
      const clients = await connectAll(t);
      await clients[0]?.emit("go");
      await t.settle();
      t.expect.equal(receivers(clients), expected);
    },
  };
}

export const BROADCAST = scenarios([
  reach("io.emit reaches everybody", "alice bob carol dave", (io) => io.emit("x", 1)),
  reach("io.sockets.emit reaches everybody", "alice bob carol dave", (io) => io.sockets.emit("x")),
  reach("io.of('/').emit reaches everybody", "alice bob carol dave", (io) => io.of("/").emit("x")),
  reach("socket.emit reaches the socket", "alice", (_io, socket) => socket.emit("x")),
  reach("socket.broadcast reaches all but the socket", "bob carol dave", (_io, socket) =>
    socket.broadcast.emit("x"),
  ),
  reach("io.to a room", "alice bob", (io) => io.to("a").emit("x")),
  reach("io.in a room", "bob carol", (io) => io.in("b").emit("x")),
  reach("io.to an unknown room reaches nobody", "", (io) => io.to("unknown").emit("x")),
  reach("io.to several rooms reaches each member once", "alice bob carol", (io) =>
    io.to("a").to("b").emit("x"),
  ),
  reach("io.to a list of rooms reaches each member once", "alice bob carol", (io) =>
    io.to(["a", "b", "unknown"]).emit("x"),
  ),
  reach("io.to an empty list is the same as nothing", "alice bob carol dave", (io) =>
    io.to([]).emit("x"),
  ),
  reach("io.except a room", "carol dave", (io) => io.except("a").emit("x")),
  reach("io.except several", "dave", (io) => io.except("a").except("b").emit("x")),
  reach("io.except a list", "dave", (io) => io.except(["a", "b"]).emit("x")),
  reach("io.except an unknown room", "alice bob carol dave", (io) =>
    io.except("unknown").emit("x"),
  ),
  reach("io.to one except another", "alice", (io) => io.to("a").except("b").emit("x")),
  reach("io.except before to means the same", "alice", (io) => io.except("b").to("a").emit("x")),
  reach("io.to a socket's id", "alice", (io, socket) => io.to(socket.id).emit("x")),
  reach("io.except a socket's id", "bob carol dave", (io, socket) =>
    io.except(socket.id).emit("x"),
  ),
  reach("socket.to a room leaves the socket out", "bob", (_io, socket) => socket.to("a").emit("x")),
  reach("socket.in a room leaves the socket out", "bob carol", (_io, socket) =>
    socket.in("b").emit("x"),
  ),
  reach("socket.to its own id reaches nobody", "", (_io, socket) => socket.to(socket.id).emit("x")),
  reach("socket.to several rooms", "bob carol", (_io, socket) =>
    socket.to("a").to(["b"]).emit("x"),
  ),
  reach("socket.except a room", "carol dave", (_io, socket) => socket.except("a").emit("x")),
  reach("socket.to one except another", "carol", (_io, socket) =>
    socket.to("b").except("a").emit("x"),
  ),
  reach("socket.broadcast.to a room", "bob", (_io, socket) => socket.broadcast.to("a").emit("x")),
  reach("socket.broadcast.except a room", "dave", (_io, socket) =>
    socket.broadcast.except(["a", "b"]).emit("x"),
  ),
  reach("io.local reaches everybody here", "alice bob carol dave", (io) => io.local.emit("x")),
  reach("io.local.to a room", "alice bob", (io) => io.local.to("a").emit("x")),
  reach("socket.local reaches all but the socket", "bob carol dave", (_io, socket) =>
    socket.local.emit("x"),
  ),
  reach("io.compress(false) changes nothing in who is reached", "alice bob", (io) =>
    io.compress(false).to("a").emit("x"),
  ),
  reach("socket.compress(true).emit reaches the socket", "alice", (_io, socket) =>
    socket.compress(true).emit("x"),
  ),
  reach("io.timeout without a callback is an ordinary broadcast", "alice bob", (io) =>
    io.timeout(10).to("a").emit("x"),
  ),
  reach("socket.nsp.to a room", "bob carol", (_io, socket) => socket.nsp.to("b").emit("x")),
  reach("sends in one turn are all delivered", "alice alice bob bob carol", (io) => {
    io.to("a").emit("x", 1);
    io.to("a").except("b").emit("x", 2);
    io.to("b").emit("x", 3);
  }),
  {
    name: "broadcast: arguments and order are the same for everybody",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("go", () => {
          io.emit("x", { n: 1 }, [null, "ü"]);
          socket.emit("own");
          io.emit("x", 2);
          socket.broadcast.emit("others");
          io.emit("x", 3);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.emit("go");
      await Promise.all([alice.received("x", 3), bob.received("x", 3)]);
      t.expect.deepEqual(alice.log.slice(1), [
        ["x", { n: 1 }, [null, "ü"]],
        ["own"],
        ["x", 2],
        ["x", 3],
      ]);
      t.expect.deepEqual(bob.log.slice(1), [
        ["x", { n: 1 }, [null, "ü"]],
        ["x", 2],
        ["others"],
        ["x", 3],
      ]);
    },
  },
  {
    name: "broadcast: operators are immutable and show their rooms and flags",
    server(io, log) {
      io.on("connection", (socket) => {
        const all = io.to("a") as never as Operator;
        const more = all.to(["b", "c"]).except("d").except(["e"]);
        const flagged = more.local.compress(false).volatile.timeout(5);
        log("all", all.rooms, all.exceptRooms, all.flags);
        log("more", more.rooms, more.exceptRooms, more.flags);
        log("flagged", flagged.rooms, flagged.exceptRooms, flagged.flags);
        log("another each time", all !== all.to("a"), io.to("a") !== (all as never));
        const own = socket.to("a") as never as Operator;
        log("own", own.rooms, own.exceptRooms, own.flags);
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("own");
      t.expect.deepEqual(await t.serverLog(), [
        ["all", { $set: ["a"] }, { $set: [] }, {}],
        ["more", { $set: ["a", "b", "c"] }, { $set: ["d", "e"] }, {}],
        [
          "flagged",
          { $set: ["a", "b", "c"] },
          { $set: ["d", "e"] },
          { local: true, compress: false, volatile: true, timeout: 5 },
        ],
        ["another each time", true, true],
        ["own", { $set: ["a"] }, { $set: ["<alice>"] }, {}],
      ]);
    },
  },
  {
    name: "broadcast: an operator can be kept and used again",
    awake: "the operator is kept by the server half between two events",
    server(io) {
      const toA = io.to("a");
      io.on("connection", (socket) => {
        if (socket.handshake.auth.join) socket.join("a");
        socket.on("go", (value) => toA.emit("x", value));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("go", 1);
      const bob = await t.connect("bob", { auth: { join: true } });
      await alice.emit("go", 2);
      await alice.emit("go", 3);
      await bob.received("x", 2);
      t.expect.deepEqual(bob.log.slice(1), [
        ["x", 2],
        ["x", 3],
      ]);
    },
  },
  {
    name: "broadcast: a socket that left a room is not reached any more",
    server(io) {
      io.on("connection", (socket) => {
        socket.join("a");
        socket.on("leave", (answer) => {
          socket.leave("a");
          io.to("a").emit("x", 1);
          answer();
        });
        socket.on("join", (answer) => {
          socket.join("a");
          io.to("a").emit("x", 2);
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.ask("leave");
      await alice.ask("join");
      await t.settle();
      t.expect.deepEqual(alice.log.slice(1), [["x", 2]]);
      t.expect.deepEqual(bob.log.slice(1), [
        ["x", 1],
        ["x", 2],
      ]);
    },
  },
  {
    name: "broadcast: to many sockets at once",
    server(io) {
      io.on("connection", (socket) => void socket.join(socket.handshake.auth.room));
      controls(io, { emit: (room: string) => io.to(room).emit("x", room) });
    },
    async client(t) {
      const clients = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          t.connect(`client-${index}`, { auth: { room: index % 2 === 0 ? "even" : "odd" } }),
        ),
      );
      await t.control("emit", "even");
      await t.settle();
      const even = clients.filter((_, index) => index % 2 === 0);
      t.expect.equal(receivers(clients), even.map(({ name }) => name).join(" "));
    },
  },
]);

/** What an operator shows of itself: private in the types, read by applications. */
interface Operator {
  rooms: Set<string>;
  exceptRooms: Set<string>;
  flags: object;
  to(room: string | string[]): Operator;
  except(room: string | string[]): Operator;
  local: Operator;
  volatile: Operator;
  compress(value: boolean): Operator;
  timeout(value: number): Operator;
}
