/**
 * `fetchSockets`, `socketsJoin`, `socketsLeave`, `disconnectSockets`, `allSockets`.
 *
 * Normalised: ids (names of the clients).
 */
import type { Server } from "socket.io";
import { controls } from "../controls.ts";
import { scenarios } from "../scenario.ts";

/** Sockets named by `auth.name`, in the rooms of `auth.rooms`. */
function named(io: Server): void {
  io.on("connection", (socket) => {
    socket.data.name = socket.handshake.auth.name;
    socket.join(socket.handshake.auth.rooms ?? []);
  });
}

/** The names of sockets, sorted. */
function names(sockets: { data: { name?: string } }[]): string[] {
  return sockets.map(({ data }) => data.name ?? "?").sort();
}

/** Client options for `named`. */
const as = (name: string, ...rooms: string[]) => ({ auth: { name, rooms } });

export const UTILITIES = scenarios([
  {
    name: "utilities: fetchSockets gives all, or those of rooms",
    server(io) {
      named(io);
      controls(io, {
        all: async () => names(await io.fetchSockets()),
        room: async () => names(await io.in("a").fetchSockets()),
        rooms: async () => names(await io.in(["a", "b"]).fetchSockets()),
        except: async () => names(await io.except("a").fetchSockets()),
        unknown: async () => names(await io.in("unknown").fetchSockets()),
        local: async () => names(await io.local.fetchSockets()),
        namespace: async () => names(await io.of("/other").fetchSockets()),
      });
    },
    async client(t) {
      await t.connect("alice", as("alice", "a"));
      await t.connect("bob", as("bob", "a", "b"));
      await t.connect("carol", as("carol"));
      t.expect.deepEqual(await t.control("all"), ["alice", "bob", "carol"]);
      t.expect.deepEqual(await t.control("room"), ["alice", "bob"]);
      t.expect.deepEqual(await t.control("rooms"), ["alice", "bob"]);
      t.expect.deepEqual(await t.control("except"), ["carol"]);
      t.expect.deepEqual(await t.control("unknown"), []);
      t.expect.deepEqual(await t.control("local"), ["alice", "bob", "carol"]);
      t.expect.deepEqual(await t.control("namespace"), []);
    },
  },
  {
    name: "utilities: fetchSockets gives the live sockets",
    server(io, log) {
      named(io);
      controls(io, {
        look: async () => {
          const [socket] = await io.fetchSockets();
          log("live", socket === (io.sockets.sockets.get(socket?.id ?? "") as unknown));
          log("fields", socket?.id, socket?.rooms, socket?.data, socket?.handshake.auth);
          socket?.emit("hello");
          socket?.join("b");
          socket?.leave("a");
          log("rooms", socket?.rooms);
          if (socket) socket.data.name = "changed";
        },
        name: async () => (await io.fetchSockets())[0]?.data.name,
        end: async () => void (await io.fetchSockets())[0]?.disconnect(),
      });
    },
    async client(t) {
      const alice = await t.connect("alice", as("alice", "a"));
      await t.control("look");
      await alice.received("hello");
      t.expect.equal(await t.control("name"), "changed");
      await t.control("end");
      t.expect.equal(await alice.disconnected(), "io server disconnect");
      t.expect.deepEqual(await t.serverLog(), [
        ["live", true],
        [
          "fields",
          "<alice>",
          { $set: ["<alice>", "a"] },
          { name: "alice" },
          { name: "alice", rooms: ["a"] },
        ],
        ["rooms", { $set: ["<alice>", "b"] }],
      ]);
    },
  },
  {
    name: "utilities: fetchSockets on a socket's operator leaves the socket out",
    server(io) {
      named(io);
      io.on("connection", (socket) => {
        socket.on("others", async (answer) => answer(names(await socket.broadcast.fetchSockets())));
        socket.on("room", async (answer) => answer(names(await socket.in("a").fetchSockets())));
        socket.on("self", async (answer) => answer(names(await io.in(socket.id).fetchSockets())));
      });
    },
    async client(t) {
      const alice = await t.connect("alice", as("alice", "a"));
      await t.connect("bob", as("bob", "a"));
      await t.connect("carol", as("carol"));
      t.expect.deepEqual(await alice.ask("others"), ["bob", "carol"]);
      t.expect.deepEqual(await alice.ask("room"), ["bob"]);
      t.expect.deepEqual(await alice.ask("self"), ["alice"]);
    },
  },
  {
    name: "utilities: socketsJoin and socketsLeave move the matching sockets",
    server(io) {
      named(io);
      controls(io, {
        join: () => io.socketsJoin("all"),
        joinMore: () => io.in("a").socketsJoin(["x", "y"]),
        leave: () => io.except("a").socketsLeave("all"),
        leaveMore: () => io.in(["x"]).socketsLeave(["x", "y", "unknown"]),
        rooms: async () =>
          Object.fromEntries(
            (await io.fetchSockets()).map(({ id, data, rooms }) => [
              data.name,
              [...rooms].filter((room) => room !== id).sort(),
            ]),
          ),
      });
    },
    async client(t) {
      await t.connect("alice", as("alice", "a"));
      await t.connect("bob", as("bob"));
      await t.control("join");
      t.expect.deepEqual(await t.control("rooms"), { alice: ["a", "all"], bob: ["all"] });
      await t.control("joinMore");
      t.expect.deepEqual(await t.control("rooms"), { alice: ["a", "all", "x", "y"], bob: ["all"] });
      await t.control("leave");
      t.expect.deepEqual(await t.control("rooms"), { alice: ["a", "all", "x", "y"], bob: [] });
      await t.control("leaveMore");
      t.expect.deepEqual(await t.control("rooms"), { alice: ["a", "all"], bob: [] });
    },
  },
  {
    name: "utilities: socketsJoin from a socket's operator leaves the socket out",
    server(io) {
      named(io);
      io.on("connection", (socket) => {
        socket.on("move", async (answer) => {
          socket.broadcast.socketsJoin("b");
          socket.to("a").socketsLeave("a");
          const list = await io.fetchSockets();
          answer(
            list
              .filter(({ rooms }) => rooms.has("b"))
              .map(({ data }) => data.name)
              .sort(),
          );
        });
        socket.on("who", (answer) => answer(io.sockets.adapter.rooms.get("a")?.size));
      });
    },
    async client(t) {
      const alice = await t.connect("alice", as("alice", "a"));
      await t.connect("bob", as("bob", "a"));
      t.expect.deepEqual(await alice.ask("move"), ["bob"]);
      t.expect.equal(await alice.ask("who"), 1);
    },
  },
  {
    name: "utilities: disconnectSockets ends the matching sockets only",
    server(io, log) {
      named(io);
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", socket.data.name, reason));
      });
      controls(io, {
        end: () => io.in("a").disconnectSockets(),
        left: () => io.sockets.sockets.size,
      });
    },
    async client(t) {
      const alice = await t.connect("alice", as("alice", "a"));
      const bob = await t.connect("bob", as("bob"));
      await t.control("end");
      t.expect.equal(await alice.disconnected(), "io server disconnect");
      t.expect.equal(await t.control("left"), 1);
      await bob.fence();
      t.expect.deepEqual(bob.events, ["connect"]);
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnect", "alice", "server namespace disconnect"],
      ]);
    },
  },
  {
    name: "utilities: disconnectSockets(true) closes the connections",
    server(io, log) {
      for (const name of ["/", "/a"]) {
        io.of(name).on("connection", (socket) => {
          socket.on("disconnect", (reason) => log("disconnect", name, reason));
        });
      }
      controls(io, { end: () => io.disconnectSockets(true) });
    },
    async client(t) {
      const main = await t.raw("main");
      await main.connect();
      await main.connect("/a");
      await t.control("end");
      await main.closed();
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnect", "/", "server namespace disconnect"],
        ["disconnect", "/a", "server namespace disconnect"],
      ]);
    },
  },
  {
    name: "utilities: disconnectSockets() keeps the connection for other namespaces",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
      io.of("/a").on("connection", (socket) => {
        socket.on("hello", (answer) => answer("still here"));
      });
      controls(io, { end: () => io.disconnectSockets() });
    },
    async client(t) {
      const main = await t.connect("alice");
      const other = await main.open("/a");
      await t.control("end");
      await main.disconnected();
      t.expect.equal(await other.ask("hello"), "still here");
      t.expect.deepEqual(await t.serverLog(), [["disconnect", "server namespace disconnect"]]);
    },
  },
  {
    name: "utilities: disconnectSockets from a socket's operator leaves the socket out",
    server(io) {
      io.on("connection", (socket) => {
        socket.join("a");
        socket.on("kick", () => socket.to("a").disconnectSockets());
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      const carol = await t.connect("carol");
      await alice.emit("kick");
      await Promise.all([bob.disconnected(), carol.disconnected()]);
      await alice.fence();
      t.expect.deepEqual(alice.events, ["connect"]);
    },
  },
  {
    name: "utilities: allSockets gives the ids",
    server(io, log) {
      named(io);
      controls(io, {
        look: async () => {
          log("all", await io.allSockets());
          log("room", await io.in("a").allSockets());
          log("unknown", await io.in("unknown").allSockets());
          log("namespace", await io.of("/").allSockets());
        },
      });
    },
    async client(t) {
      await t.connect("alice", as("alice", "a"));
      await t.connect("bob", as("bob"));
      await t.control("look");
      t.expect.deepEqual(await t.serverLog(), [
        ["all", { $set: ["<alice>", "<bob>"] }],
        ["room", { $set: ["<alice>"] }],
        ["unknown", { $set: [] }],
        ["namespace", { $set: ["<alice>", "<bob>"] }],
      ]);
    },
  },
  {
    name: "utilities: the adapter's own methods give the same",
    server(io, log) {
      named(io);
      controls(io, {
        look: async () => {
          const { adapter } = io.of("/");
          log("sockets", await adapter.sockets(new Set(["a"])), await adapter.sockets(new Set()));
          const [id] = await adapter.sockets(new Set(["a"]));
          log("rooms", adapter.socketRooms(id ?? ""), adapter.socketRooms("nobody"));
          log("servers", await adapter.serverCount());
        },
      });
    },
    async client(t) {
      await t.connect("alice", as("alice", "a"));
      await t.control("look");
      t.expect.deepEqual(await t.serverLog(), [
        ["sockets", { $set: ["<alice>"] }, { $set: ["<alice>"] }],
        ["rooms", { $set: ["<alice>", "a"] }, { $undefined: true }],
        ["servers", 1],
      ]);
    },
  },
]);
