/**
 * The `parser` option: another codec on both sides, here MessagePack.
 *
 * Normalised: ids (names of the clients); binary by its bytes. Fences and controls speak JSON, so
 * these scenarios wait for conditions only.
 */
import type { Server } from "socket.io";
import * as parser from "socket.io-msgpack-parser";
import type { ClientContext } from "../harness/context.ts";
import type { ClientOptions } from "../harness/stock-client.ts";
import { scenarios } from "../scenario.ts";

const options = { parser };

const connect = (t: ClientContext, name: string, more: ClientOptions = {}) =>
  t.connect(name, { parser, ...more });

/** Echoes events and acknowledges. */
function echo(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("echo", (...all) => void socket.emit("echo", ...all));
    socket.on("ask", (value, answer) => answer(value, { again: value }));
  });
}

export const PARSERS = scenarios([
  {
    name: "parser option: events and acknowledgements in MessagePack",
    options,
    server: echo,
    async client(t) {
      const alice = await connect(t, "alice");
      await alice.emit("echo", 1, "zwei", { three: [null, true, -4.5] }, "🐭");
      await alice.received("echo");
      t.expect.deepEqual(alice.log.slice(1), [
        ["echo", 1, "zwei", { three: [null, true, -4.5] }, "🐭"],
      ]);
      t.expect.deepEqual(await alice.ask("ask", [1, 2]), [1, 2]);
    },
  },
  {
    name: "parser option: binary needs no attachments",
    options,
    server: echo,
    async client(t) {
      const alice = await connect(t, "alice");
      // Buffers: the codec's builds for Node and for browsers disagree about other views.
      await alice.emit("echo", Buffer.of(1, 2), { nested: [Buffer.of(3)] });
      await alice.received("echo");
      t.expect.deepEqual(alice.log.slice(1), [
        ["echo", { $bytes: "0102" }, { nested: [{ $bytes: "03" }] }],
      ]);
    },
  },
  {
    name: "parser option: binary in base64, from and to a client that has text alone",
    options,
    server: echo,
    async client(t) {
      const alice = await connect(t, "alice", { forceBase64: true });
      await alice.emit("echo", 1, Buffer.of(1, 2, 255));
      await alice.received("echo");
      t.expect.deepEqual(alice.log.slice(1), [["echo", 1, { $bytes: "0102ff" }]]);
      t.expect.deepEqual(await alice.ask("ask", [1, "zwei"]), [1, "zwei"]);
    },
  },
  {
    name: "parser option: broadcasts, rooms and namespaces",
    options,
    server(io) {
      io.of("/a").on("connection", (socket) => {
        socket.join("room");
        socket.on("say", (text) => {
          io.of("/a").to("room").emit("said", text);
          socket.broadcast.emit("others", { text });
        });
      });
    },
    async client(t) {
      const alice = await connect(t, "alice", { namespace: "/a" });
      const bob = await connect(t, "bob", { namespace: "/a" });
      await alice.emit("say", "hello");
      await bob.received("others");
      await alice.received("said");
      t.expect.deepEqual(alice.log.slice(1), [["said", "hello"]]);
      t.expect.deepEqual(bob.log.slice(1), [
        ["said", "hello"],
        ["others", { text: "hello" }],
      ]);
    },
  },
  {
    name: "parser option: the server asks, one and all",
    options,
    server(io, log) {
      io.on("connection", async (socket) => {
        log("one", await socket.emitWithAck("q", 1));
        log("all", await io.timeout(5000).emitWithAck("q", 2));
      });
    },
    async client(t) {
      await connect(t, "alice", {
        on: { q: (value: number, answer: (value: number) => void) => answer(value * 2) },
      });
      await t.serverLogged("all");
      t.expect.deepEqual(await t.serverLog(), [
        ["one", 2],
        ["all", [4]],
      ]);
    },
  },
  {
    name: "parser option: refusals and unknown namespaces",
    options,
    server(io) {
      io.of("/closed").use((_socket, next) => {
        next(Object.assign(new Error("closed"), { data: { until: "monday" } }));
      });
    },
    async client(t) {
      const closed = await connect(t, "closed", { namespace: "/closed" });
      const unknown = await connect(t, "unknown", { namespace: "/unknown" });
      t.expect.deepEqual(closed.log, [["connect_error", "closed", { until: "monday" }]]);
      t.expect.deepEqual(unknown.log, [
        ["connect_error", "Invalid namespace", { $undefined: true }],
      ]);
    },
  },
  {
    name: "parser option: disconnects by both sides",
    options,
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", reason));
        socket.on("end me", () => socket.disconnect());
      });
    },
    async client(t) {
      const alice = await connect(t, "alice");
      await alice.emit("end me");
      t.expect.equal(await alice.disconnected(), "io server disconnect");
      const bob = await connect(t, "bob");
      await bob.disconnect();
      await t.serverLogged("disconnect", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnect", "server namespace disconnect"],
        ["disconnect", "client namespace disconnect"],
      ]);
    },
  },
  {
    name: "parser option: what the codec cannot read closes the connection",
    options,
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("error", (error) => log("error", error instanceof Error));
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
    },
    async client(t) {
      const alice = await connect(t, "alice");
      await alice.message(Uint8Array.of(0xc1));
      await alice.disconnected();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [
        ["error", true],
        ["disconnect", "forced close"],
      ]);
    },
  },
]);
