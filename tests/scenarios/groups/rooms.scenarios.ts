/**
 * Rooms: joining, leaving, what sockets and adapters show of them, the adapter's events.
 *
 * Normalised: ids (names of the clients).
 */
import type { Server, Socket } from "socket.io";
import { controls } from "../controls.ts";
import { type Log, scenarios } from "../scenario.ts";

const ADAPTER_EVENTS = ["create-room", "join-room", "leave-room", "delete-room"] as const;

/** Logs everything that the main namespace's adapter tells. */
function logAdapter(io: Server, log: Log): void {
  for (const event of ADAPTER_EVENTS) {
    io.of("/").adapter.on(event, (room: string, id?: string) => log(event, room, id));
  }
}

export const ROOMS = scenarios([
  {
    name: "rooms: a socket starts in the room of its own id",
    server(io, log) {
      io.on("connection", (socket) => log("rooms", socket.rooms, socket.id));
    },
    async client(t) {
      await t.connect("alice");
      t.expect.deepEqual(await t.serverLogged("rooms"), [{ $set: ["<alice>"] }, "<alice>"]);
    },
  },
  {
    name: "rooms: join one, join several, leave",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("change", () => {
          log("joined", socket.join("a"));
          log("rooms", socket.rooms);
          socket.join(["b", "c"]);
          socket.join("a");
          log("rooms", socket.rooms);
          log("left", socket.leave("b"));
          socket.leave("never joined");
          log("rooms", socket.rooms);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("change");
      await t.serverLogged("rooms", 3);
      t.expect.deepEqual(await t.serverLog(), [
        ["joined", { $undefined: true }],
        ["rooms", { $set: ["<alice>", "a"] }],
        ["rooms", { $set: ["<alice>", "a", "b", "c"] }],
        ["left", { $undefined: true }],
        ["rooms", { $set: ["<alice>", "a", "c"] }],
      ]);
    },
  },
  {
    name: "rooms: names that differ in half a character are different rooms",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join(["x\ud800", "\ufeffx"]);
        socket.on("send", () => {
          for (const room of ["x\udc00", "x\ufffd", "x"]) io.to(room).emit("nobody", 1);
          io.to("x\ud800").emit("half", 1);
          io.to("\ufeffx").emit("mark", 1);
          const [, ...joined] = socket.rooms;
          log(
            "rooms",
            joined.map((room) => Array.from(room, (character) => character.codePointAt(0))),
          );
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("send");
      await alice.received("mark");
      t.expect.deepEqual(alice.events, ["connect", "half", "mark"]);
      t.expect.deepEqual(await t.serverLogged("rooms"), [
        [
          [0x78, 0xd800],
          [0xfeff, 0x78],
        ],
      ]);
    },
  },
  {
    name: "rooms: a socket may leave its own room and is then not reached there",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("leave", (answer) => {
          socket.leave(socket.id);
          answer(socket.rooms.size);
        });
        socket.on("call", (id, answer) => {
          io.to(id).emit("called");
          io.emit("all");
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("leave"), 0);
      await alice.ask("call", alice.socket.id);
      await t.settle();
      t.expect.deepEqual(alice.events, ["connect", "all"]);
    },
  },
  {
    name: "rooms: membership is the namespace's own",
    server(io, log) {
      io.on("connection", (socket) => void socket.join("room"));
      io.of("/other").on("connection", (socket) => {
        socket.on("check", () => {
          log("rooms", socket.rooms.has("room"), io.of("/other").adapter.rooms.has("room"));
          io.of("/other").to("room").emit("wrong");
          io.to("room").emit("right");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const other = await alice.open("/other");
      await other.emit("check");
      await alice.received("right");
      await t.settle();
      t.expect.deepEqual(await t.serverLogged("rooms"), [false, false]);
      t.expect.deepEqual(other.events, ["connect"]);
    },
  },
  {
    name: "rooms: the adapter's maps show rooms and sids",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join(socket.handshake.auth.rooms);
        socket.on("look", (answer) => {
          const { rooms, sids } = io.of("/").adapter;
          log("room", rooms.get("a"), rooms.get("b"), rooms.get("none"));
          log("sizes", rooms.size, sids.size);
          log("own", sids.get(socket.id), sids.has("nobody"));
          answer();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice", { auth: { rooms: ["a"] } });
      await t.connect("bob", { auth: { rooms: ["a", "b"] } });
      await alice.ask("look");
      t.expect.deepEqual(await t.serverLog(), [
        ["room", { $set: ["<alice>", "<bob>"] }, { $set: ["<bob>"] }, { $undefined: true }],
        ["sizes", 4, 2],
        ["own", { $set: ["<alice>", "a"] }, false],
      ]);
    },
  },
  {
    name: "rooms: nothing is left in the adapter when everybody is gone",
    server(io) {
      io.on("connection", (socket) => socket.join(["a", "b"]));
      controls(io, {
        sizes: () => [io.of("/").adapter.rooms.size, io.of("/").adapter.sids.size],
        sockets: () => io.of("/").sockets.size,
      });
    },
    async client(t) {
      t.expect.deepEqual(await t.control("sizes"), [0, 0]);
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      t.expect.deepEqual(await t.control("sizes"), [4, 2]);
      await alice.message("1");
      await alice.fence();
      t.expect.deepEqual(await t.control("sizes"), [3, 1]);
      await bob.message("1");
      await bob.fence();
      t.expect.deepEqual(await t.control("sizes"), [0, 0]);
      t.expect.equal(await t.control("sockets"), 0);
    },
  },
  {
    name: "rooms: the adapter tells of rooms that come and go",
    awake: "the adapter's events of a wake itself are not part of this",
    server(io, log) {
      logAdapter(io, log);
      io.on("connection", (socket) => {
        socket.on("join", (room) => socket.join(room));
        socket.on("leave", (room) => socket.leave(room));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.emit("join", "a");
      await t.settle();
      await bob.emit("join", ["a", "b"]);
      await t.settle();
      await alice.emit("join", "a");
      await alice.emit("leave", "a");
      await alice.emit("leave", "a");
      await t.settle();
      await bob.emit("leave", "a");
      await t.settle();
      const none = { $undefined: true };
      t.expect.deepEqual(await t.serverLog(), [
        ["create-room", "<alice>", none],
        ["join-room", "<alice>", "<alice>"],
        ["create-room", "<bob>", none],
        ["join-room", "<bob>", "<bob>"],
        ["create-room", "a", none],
        ["join-room", "a", "<alice>"],
        ["join-room", "a", "<bob>"],
        ["create-room", "b", none],
        ["join-room", "b", "<bob>"],
        ["leave-room", "a", "<alice>"],
        ["leave-room", "a", "<bob>"],
        ["delete-room", "a", none],
      ]);
    },
  },
  {
    name: "rooms: the adapter tells of a disconnect before disconnect fires",
    awake: "the adapter's events of a wake itself are not part of this",
    server(io, log) {
      logAdapter(io, log);
      io.on("connection", (socket) => {
        socket.join("a");
        socket.on("disconnecting", () => log("disconnecting", socket.rooms));
        socket.on("disconnect", () => log("disconnect", socket.rooms));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.disconnect();
      await t.serverLogged("disconnect");
      t.expect.deepEqual((await t.serverLog()).slice(4), [
        ["disconnecting", { $set: ["<alice>", "a"] }],
        ["leave-room", "<alice>", "<alice>"],
        ["delete-room", "<alice>", { $undefined: true }],
        ["leave-room", "a", "<alice>"],
        ["delete-room", "a", { $undefined: true }],
        ["disconnect", { $set: [] }],
      ]);
    },
  },
  {
    name: "rooms: joining after the disconnect has no effect",
    server(io, log) {
      io.on("connection", (socket: Socket) => {
        socket.on("disconnect", () => {
          socket.join("late");
          log("rooms", socket.rooms.size, io.of("/").adapter.rooms.has("late"));
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.disconnect();
      t.expect.deepEqual(await t.serverLogged("rooms"), [0, false]);
    },
  },
  {
    name: "rooms: rooms joined in a middleware are kept",
    server(io, log) {
      io.use((socket, next) => {
        socket.join("early");
        log("in the middleware", socket.rooms);
        next();
      });
      io.on("connection", (socket) => {
        log("connected", socket.rooms);
        io.to("early").emit("hello");
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("hello");
      t.expect.deepEqual(await t.serverLog(), [
        ["in the middleware", { $set: ["early"] }],
        ["connected", { $set: ["early", "<alice>"] }],
      ]);
    },
  },
  {
    name: "rooms: a broadcast does not reach a socket still in its middlewares",
    server(io, log) {
      io.use((socket, next) => {
        socket.join("early");
        io.to("early").emit("too early");
        io.emit("too early");
        log("sent");
        next();
      });
      io.on("connection", (socket) => void socket.emit("welcome"));
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("welcome");
      t.expect.deepEqual(alice.events, ["connect", "welcome"]);
    },
  },
  {
    name: "rooms: leaveAll leaves every room, the own one too",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join(["a", "b"]);
        socket.on("reset", () => {
          (socket as unknown as { leaveAll(): void }).leaveAll();
          log("rooms", socket.rooms, io.of("/").adapter.rooms.size);
          socket.join("c");
          log("rooms", socket.rooms);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("reset");
      await t.serverLogged("rooms", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["rooms", { $set: [] }, 0],
        ["rooms", { $set: ["c"] }],
      ]);
    },
  },
  {
    name: "rooms: another in the room of a socket's id gets what that one gets",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("enter", async (room, answer) => {
          await socket.join(room);
          answer(socket.rooms.size);
        });
        socket.on("call", (room) => io.to(room).emit("called"));
        socket.on("say", (room) => socket.to(room).emit("said"));
        socket.on("move", (from, to) => io.in(from).socketsJoin(to));
        socket.on("end", (room) => io.in(room).disconnectSockets());
        socket.on("look", async (room, answer) => {
          const sockets = await io.in(room).fetchSockets();
          answer(sockets.map(({ id, rooms }) => [id, rooms.size]));
        });
        socket.on("ask", async (room, answer) => {
          answer((await io.in(room).timeout(5_000).emitWithAck("asked")).length);
        });
      });
    },
    async client(t) {
      const [alice, bob, carol] = [
        await t.connect("alice"),
        await t.connect("bob"),
        await t.connect("carol"),
      ];
      for (const client of [alice, bob, carol]) {
        client.socket.on("asked", (answer: (name: string) => void) => answer(client.name));
      }
      const id = bob.socket.id;
      for (let round = 0; round < 2; round++) {
        if (round === 1) t.expect.equal(await carol.ask("enter", id), 2);
        const expected = round === 0 ? 1 : 2;
        await alice.emit("call", id);
        await alice.emit("say", id);
        await bob.received("said", round + 1);
        if (round === 1) await carol.received("said");
        t.expect.equal(((await alice.ask("look", id)) as unknown[]).length, expected);
        t.expect.equal(await alice.ask("ask", id), expected);
        await alice.emit("move", id, `room-${round}`);
        const moved = (await alice.ask("look", `room-${round}`)) as unknown[];
        t.expect.equal(moved.length, expected);
      }
      await alice.emit("end", id);
      await Promise.all([bob.received("disconnect"), carol.received("disconnect")]);
      await alice.emit("call", id);
      await t.settle();
      t.expect.deepEqual(alice.events, ["connect"]);
    },
  },
  {
    name: "rooms: unusual names are ordinary rooms",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join(["", "constructor", "__proto__", "ünï cödé 🐁", "a,b", "x".repeat(300)]);
        socket.on("look", () => {
          log("count", socket.rooms.size, socket.rooms.has("toString"));
          for (const room of ["", "constructor", "__proto__", "ünï cödé 🐁", "a,b"]) {
            io.to(room).emit("to", { room });
          }
          io.to("toString").emit("wrong");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("look");
      await alice.received("to", 5);
      await t.settle();
      t.expect.deepEqual(await t.serverLogged("count"), [7, false]);
      t.expect.deepEqual(alice.log.slice(1), [
        ["to", { room: "" }],
        ["to", { room: "constructor" }],
        ["to", { room: "__proto__" }],
        ["to", { room: "ünï cödé 🐁" }],
        ["to", { room: "a,b" }],
      ]);
    },
  },
  {
    name: "rooms: numbers and strings are different rooms",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join(7 as unknown as string);
        socket.on("look", () => {
          const { rooms } = io.of("/").adapter;
          log("has", socket.rooms.has(7 as unknown as string), socket.rooms.has("7"));
          log("adapter", rooms.has(7 as unknown as string), rooms.has("7"));
          io.to("7").emit("string");
          io.to(7 as unknown as string).emit("number");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("look");
      await alice.received("number");
      t.expect.deepEqual(alice.events, ["connect", "number"]);
      t.expect.deepEqual(await t.serverLogged("has"), [true, false]);
    },
  },
  {
    name: "rooms: many rooms on one socket",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("fill", (count, answer) => {
          for (let number = 0; number < count; number++) socket.join(`room-${number}`);
          answer(socket.rooms.size);
        });
        socket.on("call", (room) => io.to(room).emit("called", room));
        socket.on("empty", (count, answer) => {
          for (let number = 0; number < count; number++) socket.leave(`room-${number}`);
          answer(socket.rooms.size, io.of("/").adapter.rooms.size);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      t.expect.equal(await alice.ask("fill", 1000), 1001);
      await alice.emit("call", "room-999");
      t.expect.deepEqual(await alice.received("called"), ["room-999"]);
      t.expect.equal(await alice.ask("empty", 1000), 1);
    },
  },
]);
