/**
 * `socket.conn`: the packets that it shows, and its end.
 *
 * Normalised: ids (names of the clients).
 */
import { scenarios } from "../scenario.ts";

/** A packet as `socket.conn` shows it. */
interface Packet {
  type: string;
  data?: unknown;
  options?: { compress?: boolean };
}

export const CONN = scenarios([
  {
    name: "conn: packet tells what comes in",
    awake:
      "listeners on a connection come back with its first socket, after the packet that woke it",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.conn.on("packet", ({ type, data }: Packet) => log("packet", type, data));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      for (const frame of ['42["hello"]', "6", '451-["x",{"_placeholder":true,"num":0}]']) {
        await raw.send(frame);
      }
      await raw.send(Uint8Array.of(1, 2));
      await t.serverLogged("packet", 4);
      t.expect.deepEqual(await t.serverLog(), [
        ["packet", "message", '2["hello"]'],
        ["packet", "noop", { $undefined: true }],
        ["packet", "message", '51-["x",{"_placeholder":true,"num":0}]'],
        ["packet", "message", { $bytes: "0102" }],
      ]);
    },
  },
  {
    name: "conn: packetCreate tells what goes out, with its options",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.conn.on("packetCreate", ({ type, data, options }: Packet) => {
          log("packet", type, data, options?.compress);
        });
        socket.on("go", () => {
          socket.emit("plain", 1);
          socket.compress(false).emit("uncompressed");
          io.compress(false).emit("broadcast");
          io.emit("broadcast");
          socket.emit("binary", Uint8Array.of(1));
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("go");
      await alice.received("binary");
      t.expect.deepEqual(await t.serverLog(), [
        ["packet", "message", '2["plain",1]', true],
        ["packet", "message", '2["uncompressed"]', false],
        ["packet", "message", '2["broadcast"]', false],
        ["packet", "message", '2["broadcast"]', true],
        ["packet", "message", '51-["binary",{"_placeholder":true,"num":0}]', true],
        ["packet", "message", { $bytes: "01" }, true],
      ]);
    },
  },
  {
    name: "conn: once and removeListener work",
    awake: "what once() has removed comes back with the next wake",
    server(io, log) {
      io.on("connection", (socket) => {
        const removed = () => log("removed");
        socket.conn.on("packetCreate", removed);
        socket.conn.removeListener("packetCreate", removed);
        socket.conn.once("packetCreate", ({ data }: Packet) => log("once", data));
        socket.emit("a");
        socket.emit("b");
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("b");
      t.expect.deepEqual(await t.serverLog(), [["once", '2["a"]']]);
    },
  },
  {
    name: "conn: data and message give the payloads, close the reason",
    awake:
      "listeners on a connection come back with its first socket, after the packet that woke it",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.conn.on("message", (data: unknown) => log("message", data));
        socket.conn.on("close", (reason: string) => log("close", reason));
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["hello"]');
      await t.serverLogged("message");
      await raw.close();
      await t.serverLogged("close");
      t.expect.deepEqual(
        [...(await t.serverLog())].sort(),
        [
          ["message", '2["hello"]'],
          ["close", "transport close"],
          ["disconnect", "transport close"],
        ].sort(),
      );
    },
  },
  {
    name: "conn: client.ondata takes packets; what is none is an error and a forced close",
    server(io, log) {
      io.on("connection", (socket) => {
        const client = socket.client as unknown as { ondata(data: unknown): void };
        socket.on("event", (...args) => log("event", ...args));
        socket.on("error", () => log("error"));
        socket.on("disconnect", (reason) => log("disconnect", reason));
        socket.on("go", () => {
          client.ondata('2["event",1]');
          client.ondata('51-["event",{"_placeholder":true,"num":0}]');
          client.ondata(Buffer.of(1, 2));
        });
        socket.on("end", () => client.ondata(null));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["go"]');
      await t.serverLogged("event", 2);
      await raw.send('42["end"]');
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [
        ["event", 1],
        ["event", { $bytes: "0102" }],
        ["error"],
        ["disconnect", "forced close"],
      ]);
    },
  },
]);
