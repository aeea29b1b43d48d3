/**
 * Disconnecting: every reason, the order of what happens, and what is left.
 *
 * Normalised: ids (names of the clients). Not observed: the second argument of `disconnect`
 * (a description of the transport's end, which hosts word differently).
 */
import type { Server } from "socket.io";
import { controls } from "../controls.ts";
import { type Log, scenarios } from "../scenario.ts";

/** Logs how each socket of the main namespace ends. */
function logEnds(io: Server, log: Log): void {
  io.on("connection", (socket) => {
    socket.on("disconnecting", (reason) => log("disconnecting", reason, socket.connected));
    socket.on("disconnect", (reason) => log("disconnect", reason, socket.connected));
    socket.on("error", (error) => log("error", error));
  });
}

/** What `logEnds` logs for a reason. */
const ended = (reason: string) => [
  ["disconnecting", reason, true],
  ["disconnect", reason, false],
];

export const DISCONNECT = scenarios([
  {
    name: "disconnect: who is sent away and comes back at once keeps the other namespaces",
    server(io, log) {
      io.of("/door").on("connection", (socket) => {
        socket.on("send away", () => io.disconnectSockets());
        socket.on("ask", (answer) => answer("here"));
      });
      io.on("connection", async (socket) => {
        socket.on("disconnect", (reason) => log("gone", reason));
        // Where this runs again after a sleep, the end of the session has to wait for it.
        await new Promise((resolve) => setTimeout(resolve, 50));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const door = await alice.open("/door");
      alice.socket.once("disconnect", () => alice.socket.connect());
      await door.emit("send away");
      await alice.received("connect", 2);
      t.expect.deepEqual(await t.serverLogged("gone"), ["server namespace disconnect"]);
      t.expect.equal(await door.ask("ask"), "here");
      t.expect.deepEqual(alice.events, ["connect", "disconnect", "connect"]);
      t.expect.deepEqual(door.events, ["connect"]);
    },
  },
  {
    name: "disconnect: the client leaves its namespace",
    server: logEnds,
    async client(t) {
      const alice = await t.connect("alice");
      await alice.disconnect();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), ended("client namespace disconnect"));
      t.expect.deepEqual(alice.log, [["connect"], ["disconnect", "io client disconnect"]]);
    },
  },
  {
    name: "disconnect: a DISCONNECT frame keeps the connection open",
    server: logEnds,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("41");
      await t.serverLogged("disconnect");
      await raw.connect();
      t.expect.deepEqual(raw.frames.slice(1), ['40{"sid":"<raw>"}', '40{"sid":"<raw#2>"}']);
      t.expect.deepEqual(await t.serverLog(), ended("client namespace disconnect"));
    },
  },
  {
    name: "disconnect: socket.disconnect() ends the socket, the connection stays",
    server(io, log) {
      logEnds(io, log);
      io.on("connection", (socket) => {
        socket.on("end me", () => log("returns itself", socket.disconnect() === socket));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["end me"]');
      await raw.frame("41");
      await raw.connect();
      t.expect.ok(raw.open);
      t.expect.deepEqual(await t.serverLog(), [
        ...ended("server namespace disconnect"),
        ["returns itself", true],
      ]);
    },
  },
  {
    name: "disconnect: the stock client closes its connection after the last namespace",
    server(io, log) {
      logEnds(io, log);
      io.on("connection", (socket) => {
        socket.conn.on("close", () => log("connection closed"));
        socket.on("end me", () => socket.disconnect());
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("end me");
      t.expect.equal(await alice.disconnected(), "io server disconnect");
      await t.serverLogged("connection closed");
      t.expect.deepEqual(await t.serverLog(), [
        ...ended("server namespace disconnect"),
        ["connection closed"],
      ]);
    },
  },
  {
    name: "disconnect: socket.disconnect(true) closes the connection with all its sockets",
    server(io, log) {
      for (const name of ["/", "/a", "/b"]) {
        io.of(name).on("connection", (socket) => {
          socket.on("disconnect", (reason) => log("disconnect", name, reason));
          socket.on("end me", () => socket.disconnect(true));
        });
      }
    },
    async client(t) {
      const raw = await t.raw("raw");
      for (const name of ["/", "/a", "/b"]) await raw.connect(name);
      await raw.send('42/a,["end me"]');
      await raw.closed();
      t.expect.deepEqual(raw.frames.slice(4), ["41", "41/a,", "41/b,"]);
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnect", "/", "server namespace disconnect"],
        ["disconnect", "/a", "server namespace disconnect"],
        ["disconnect", "/b", "server namespace disconnect"],
      ]);
    },
  },
  {
    name: "disconnect: the client closes the WebSocket",
    server: logEnds,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.close();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), ended("transport close"));
    },
  },
  {
    name: "disconnect: the network is lost",
    server: logEnds,
    async client(t) {
      const alice = await t.connect("alice");
      await alice.cut();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), ended("transport close"));
      t.expect.deepEqual(alice.log, [["connect"], ["disconnect", "transport close"]]);
    },
  },
  {
    name: "disconnect: a lost network ends the sockets of all namespaces",
    server(io, log) {
      for (const name of ["/", "/a"]) {
        io.of(name).on("connection", (socket) => {
          socket.on("disconnect", (reason) =>
            log("disconnect", name, reason, io.of("/").sockets.size),
          );
        });
      }
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.open("/a");
      await alice.cut();
      await t.serverLogged("disconnect", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnect", "/", "transport close", 0],
        ["disconnect", "/a", "transport close", 0],
      ]);
    },
  },
  {
    name: "disconnect: what cannot be decoded emits error, then forced close",
    server: logEnds,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("42{not json");
      await raw.closed();
      t.expect.deepEqual(await t.serverLog(), [
        ["error", { $error: "invalid payload" }],
        ...ended("forced close"),
      ]);
    },
  },
  {
    // `forced server close` would need unsent packets at this moment: a matter of chance.
    name: "disconnect: a violation of the protocol's states is a forced close",
    server: logEnds,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("40");
      await raw.closed();
      t.expect.deepEqual(await t.serverLog(), ended("forced close"));
    },
  },
  {
    name: "disconnect: an unknown Engine.IO packet is a parse error",
    server: logEnds,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("9");
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), ended("parse error"));
    },
  },
  {
    name: "disconnect: a ping from the client is a transport error",
    server: logEnds,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("2");
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), ended("transport error"));
    },
  },
  {
    name: "disconnect: closing socket.conn ends its sockets",
    server(io, log) {
      logEnds(io, log);
      io.on("connection", (socket) => {
        socket.on("end me", () => socket.conn.close());
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["end me"]');
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), ended("forced close"));
    },
  },
  {
    name: "disconnect: rooms are intact in disconnecting and gone in disconnect",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.join(["a", "b"]);
        socket.data.name = "alice";
        socket.on("disconnecting", () => {
          log("disconnecting", socket.rooms, socket.data, io.sockets.sockets.has(socket.id));
          socket.to("a").emit("leaving", [...socket.rooms].length);
        });
        socket.on("disconnect", () => {
          log("disconnect", socket.rooms, socket.data, io.sockets.sockets.has(socket.id));
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.disconnect();
      t.expect.deepEqual(await bob.received("leaving"), [3]);
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnecting", { $set: ["<alice>", "a", "b"] }, { name: "alice" }, true],
        ["disconnect", { $set: [] }, { name: "alice" }, false],
      ]);
    },
  },
  {
    name: "disconnect: the others are told from the disconnect listener",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => {
          io.emit("left", { id: socket.id, reason, count: io.sockets.sockets.size });
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.cut();
      await bob.received("left");
      t.expect.deepEqual(bob.log.slice(1), [
        ["left", { id: "<alice>", reason: "transport close", count: 1 }],
      ]);
    },
  },
  {
    name: "disconnect: a second disconnect() does nothing",
    server(io, log) {
      logEnds(io, log);
      io.on("connection", (socket) => {
        socket.on("end me", () => {
          socket.disconnect();
          log("again", socket.disconnect() === socket, socket.disconnect(true) === socket);
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["end me"]');
      await raw.frame("41");
      await t.settle(raw);
      t.expect.ok(raw.open);
      t.expect.deepEqual(await t.serverLog(), [
        ...ended("server namespace disconnect"),
        ["again", true, true],
      ]);
    },
  },
  {
    name: "disconnect: disconnecting in the connection listener",
    server(io, log) {
      logEnds(io, log);
      io.on("connection", (socket) => {
        socket.emit("bye");
        socket.disconnect();
        socket.emit("after the end");
        log("end", socket.connected, io.sockets.sockets.size);
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.frame("41");
      await t.settle(raw);
      t.expect.deepEqual(raw.frames.slice(1), [
        '40{"sid":"<raw>"}',
        '42["bye"]',
        "41",
        '42["after the end"]',
      ]);
      t.expect.deepEqual(await t.serverLog(), [
        ...ended("server namespace disconnect"),
        ["end", false, 0],
      ]);
    },
  },
  {
    name: "disconnect: one socket disconnects another",
    server(io, log) {
      logEnds(io, log);
      io.on("connection", (socket) => {
        socket.on("kick", (id) => io.sockets.sockets.get(id)?.disconnect());
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.emit("kick", bob.socket.id);
      t.expect.equal(await bob.disconnected(), "io server disconnect");
      await t.settle();
      t.expect.deepEqual(alice.events, ["connect"]);
      t.expect.deepEqual(await t.serverLog(), ended("server namespace disconnect"));
    },
  },
  {
    name: "disconnect: Engine.IO's close packet over WebSocket is ignored",
    server(io, log) {
      logEnds(io, log);
      io.on("connection", (socket) => {
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("1", '420["hello"]');
      await raw.frame('430["still here"]');
      t.expect.ok(raw.open);
      t.expect.deepEqual(await t.serverLog(), []);
    },
  },
  {
    name: "disconnect: nothing of many short connections is left",
    server(io) {
      io.on("connection", (socket) => socket.join("room"));
      controls(io, {
        sizes: () => [
          io.sockets.sockets.size,
          io.sockets.adapter.rooms.size,
          io.engine.clientsCount,
        ],
      });
    },
    async client(t) {
      await t.control("sizes");
      for (let round = 0; round < 10; round++) {
        const client = await t.connect(`client-${round}`);
        await client.cut();
      }
      let sizes: unknown;
      for (let tries = 0; tries < 1_000; tries++) {
        sizes = await t.control("sizes");
        if (JSON.stringify(sizes) === "[0,0,1]") break;
      }
      t.expect.deepEqual(sizes, [0, 0, 1]);
    },
  },
]);
