/**
 * Reserved event names, and the event named `error`.
 *
 * Normalised: ids (names of the clients).
 */
import { scenarios } from "../scenario.ts";

const RESERVED = [
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
];

/** The message of the error that an action throws. */
function thrown(action: () => unknown): string {
  try {
    action();
    return "nothing";
  } catch (error) {
    return (error as Error).message;
  }
}

export const RESERVED_NAMES = scenarios([
  {
    name: "reserved: emitting one to a socket throws",
    server(io, log) {
      io.on("connection", (socket) => {
        for (const name of RESERVED)
          log(
            name,
            thrown(() => socket.emit(name)),
          );
        socket.emit("end");
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("end");
      t.expect.deepEqual(
        await t.serverLog(),
        RESERVED.map((name) => [name, `"${name}" is a reserved event name`]),
      );
      t.expect.deepEqual(alice.events, ["connect", "end"]);
    },
  },
  {
    name: "reserved: broadcasting one throws",
    server(io, log) {
      io.on("connection", (socket) => {
        for (const name of RESERVED) {
          log(
            name,
            thrown(() => io.to("room").emit(name)),
            thrown(() => socket.broadcast.emit(name)),
            thrown(() => io.of("/").emit(name)),
          );
        }
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("removeListener");
      t.expect.deepEqual(
        await t.serverLog(),
        RESERVED.map((name) => {
          const message = `"${name}" is a reserved event name`;
          return [name, message, message, message];
        }),
      );
    },
  },
  {
    name: "reserved: emitWithAck of one rejects",
    server(io, log) {
      io.on("connection", async (socket) => {
        await socket.emitWithAck("disconnect").catch((error) => log("socket", error));
        await io
          .timeout(10)
          .emitWithAck("connect")
          .catch((error) => log("broadcast", error));
      });
    },
    async client(t) {
      await t.connect("alice");
      await t.serverLogged("broadcast");
      t.expect.deepEqual(await t.serverLog(), [
        ["socket", { $error: '"disconnect" is a reserved event name' }],
        ["broadcast", { $error: '"connect" is a reserved event name' }],
      ]);
    },
  },
  {
    name: "reserved: connection and error may be emitted to a client",
    server(io) {
      io.on("connection", (socket) => {
        socket.emit("connection", 1);
        socket.emit("error", 2);
        socket.emit("message", 3);
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.received("message");
      t.expect.deepEqual(alice.log.slice(1), [
        ["connection", 1],
        ["error", 2],
        ["message", 3],
      ]);
    },
  },
  ...RESERVED.map((name) => ({
    name: `reserved: receiving ${name} closes the connection`,
    server(io: import("socket.io").Server, log: import("../scenario.ts").Log) {
      io.on("connection", (socket) => {
        socket.on("error", (error) => log("error", error));
        socket.on("disconnect", (reason) => log("disconnect", reason));
        socket.onAny((event) => log("any", event));
      });
    },
    async client(t: import("../harness/context.ts").ClientContext) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send(`42["${name}","forged"]`);
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [
        ["error", { $error: "invalid payload" }],
        ["disconnect", "forced close"],
      ]);
    },
  })),
  {
    name: "reserved: an incoming event named error goes to the listener",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("error", (...args) => log("error", ...args));
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("error", "forged", 2);
      t.expect.equal(await alice.ask("hello"), "still here");
      t.expect.deepEqual(await t.serverLog(), [["error", "forged", 2]]);
    },
  },
  {
    name: "reserved: an incoming event named error without a listener does no harm",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("error", "forged");
      await alice.deliver("error");
      t.expect.equal(await alice.ask("hello"), "still here");
    },
  },
  {
    name: "reserved: incoming events named like the server's own do not reach the server",
    server(io, log) {
      io.on("connection", (socket) => {
        log("connection");
        socket.on("connection", (value) => log("as an event", value));
        socket.on("new_namespace", (value) => log("as an event", value));
      });
      io.on("new_namespace", () => log("new_namespace"));
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.deliver("connection", 1);
      await alice.deliver("new_namespace", 2);
      await t.serverLogged("as an event", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["connection"],
        ["as an event", 1],
        ["as an event", 2],
      ]);
    },
  },
  {
    name: "reserved: clients cannot reach the emitter's machinery by event names",
    server(io, log) {
      io.on("connection", (socket) => {
        for (const name of ["__proto__", "constructor", "toString", "valueOf"]) {
          socket.on(name, () => log(name));
        }
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      for (const name of ["hasOwnProperty", "constructor", "__proto__", "isPrototypeOf"]) {
        await alice.deliver(name, {});
      }
      t.expect.equal(await alice.ask("hello"), "still here");
      t.expect.deepEqual(await t.serverLog(), [["constructor"], ["__proto__"]]);
    },
  },
]);
