/**
 * The protocol frame by frame: the Engine.IO handshake, CONNECT and its answers, violations of the
 * states, and what does not end a connection.
 *
 * Normalised: ids (names of the clients); close codes are not observed.
 */
import type { Server } from "socket.io";
import type { ClientContext } from "../harness/context.ts";
import { type Log, type Scenario, scenarios } from "../scenario.ts";

/** Logs what reaches the application, on two namespaces. */
function logAll(io: Server, log: Log): void {
  for (const name of ["/", "/a"]) {
    io.of(name).on("connection", (socket) => {
      log("connection", name);
      socket.onAny((...all) => log("event", name, ...all));
      socket.on("error", (error) => log("error", name, error));
      socket.on("disconnect", (reason) => log("disconnect", name, reason));
    });
  }
}

/** These frames, sent after `connect` (default: the main namespace), close the connection. */
function violation(name: string, frames: string[], connect: string[] = ["/"]): Scenario {
  return {
    name: `protocol: ${name} closes the connection`,
    server: logAll,
    async client(t: ClientContext) {
      const raw = await t.raw("raw");
      for (const namespace of connect) await raw.connect(namespace);
      await raw.send(...frames);
      await raw.closed();
      if (connect.length > 0) await t.serverLogged("disconnect", connect.length);
      t.expect.deepEqual(raw.log.at(-1), ["close"]);
      t.expect.deepEqual(
        (await t.serverLog()).filter(([event]) => event === "event"),
        [],
      );
    },
  };
}

export const PROTOCOL = scenarios([
  {
    name: "protocol: the handshake tells the options",
    options: { pingInterval: 1234, pingTimeout: 5678, maxHttpBufferSize: 4321 },
    server() {},
    async client(t) {
      const raw = await t.raw("raw");
      t.expect.deepEqual(raw.frames, [
        '0{"sid":"<raw.engine>","upgrades":[],"pingInterval":1234,"pingTimeout":5678,"maxPayload":4321}',
      ]);
    },
  },
  {
    name: "protocol: the handshake's defaults",
    server() {},
    async client(t) {
      const raw = await t.raw("raw");
      t.expect.deepEqual(raw.frames, [
        '0{"sid":"<raw.engine>","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}',
      ]);
    },
  },
  {
    name: "protocol: CONNECT with and without payload, to several namespaces",
    server(io, log) {
      for (const name of ["/", "/a"]) {
        io.of(name).on("connection", ({ handshake }) => log(name, handshake.auth));
      }
    },
    async client(t) {
      const raw = await t.raw("raw");
      for (const [index, frame] of ["40", '40/a,{"token":"x"}', "40/b,"].entries()) {
        await raw.send(frame);
        await raw.count(index + 2);
      }
      t.expect.deepEqual(raw.frames.slice(1), [
        '40{"sid":"<raw>"}',
        '40/a,{"sid":"<raw/a>"}',
        '44/b,{"message":"Invalid namespace"}',
      ]);
      t.expect.deepEqual(await t.serverLogged("/a"), [{ token: "x" }]);
      t.expect.deepEqual(await t.serverLogged("/"), [{}]);
    },
  },
  {
    name: "protocol: CONNECT without a comma after the namespace",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.send("40/a");
      await raw.count(2);
      t.expect.deepEqual(raw.frames.slice(1), ['40/a,{"sid":"<raw/a>"}']);
      t.expect.deepEqual(await t.serverLog(), [["connection", "/a"]]);
    },
  },
  {
    name: "protocol: DISCONNECT ends one namespace, the next CONNECT opens it again",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.connect("/a");
      await raw.send("41/a,");
      await t.serverLogged("disconnect");
      await raw.connect("/a");
      await raw.send('42/a,["again"]');
      await t.serverLogged("event");
      t.expect.deepEqual(await t.serverLog(), [
        ["connection", "/"],
        ["connection", "/a"],
        ["disconnect", "/a", "client namespace disconnect"],
        ["connection", "/a"],
        ["event", "/a", "again"],
      ]);
    },
  },
  {
    name: "protocol: an acknowledgement for nothing is ignored",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("430[]", '4399["x"]', '42["still here"]');
      await t.serverLogged("event");
      t.expect.ok(raw.open);
    },
  },
  {
    name: "protocol: a noop and a pong are ignored",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("6", "3", '42["still here"]');
      await t.serverLogged("event");
      t.expect.ok(raw.open);
      t.expect.deepEqual(raw.frames.slice(1), ['40{"sid":"<raw>"}']);
    },
  },
  {
    name: "protocol: open and upgrade packets from a client are ignored",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("0", "5", '42["still here"]');
      await t.serverLogged("event");
      t.expect.ok(raw.open);
    },
  },
  violation("a second CONNECT", ["40"]),
  violation("a second CONNECT to another namespace", ["40/a,"], ["/a"]),
  violation("an EVENT before CONNECT", ['42["x"]'], []),
  violation("an EVENT to a namespace that was not joined", ['42/a,["x"]'], ["/"]),
  violation("an EVENT to an unknown namespace", ['42/unknown,["x"]'], ["/"]),
  violation("an ACK before CONNECT", ["430[]"], []),
  violation("a DISCONNECT before CONNECT", ["41"], []),
  violation("a DISCONNECT of a namespace that was not joined", ["41/a,"], ["/"]),
  violation("a CONNECT_ERROR from the client", ['44{"message":"x"}']),
  violation("a CONNECT_ERROR before CONNECT", ['44{"message":"x"}'], []),
  violation("a violation in one namespace ends the others too, which", ["40/a,"], ["/", "/a"]),
  {
    name: "protocol: an EVENT after DISCONNECT closes the connection",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("41");
      await t.serverLogged("disconnect");
      await raw.send('42["x"]');
      await raw.closed();
      t.expect.deepEqual(await t.serverLog(), [
        ["connection", "/"],
        ["disconnect", "/", "client namespace disconnect"],
      ]);
    },
  },
  {
    name: "protocol: an EVENT after the server's disconnect closes the connection",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", reason));
        socket.on("end me", () => socket.disconnect());
        socket.on("x", () => log("x"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["end me"]');
      await raw.frame("41");
      await raw.send('42["x"]');
      await raw.closed();
      t.expect.deepEqual(await t.serverLog(), [["disconnect", "server namespace disconnect"]]);
    },
  },
  {
    name: "protocol: an EVENT to a refused namespace closes the connection",
    server(io, log) {
      io.use((_socket, next) => next(new Error("refused")));
      io.on("connection", () => log("connection"));
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('42["x"]');
      await raw.closed();
      t.expect.deepEqual(raw.frames.slice(1), ['44{"message":"refused"}']);
    },
  },
  {
    name: "protocol: frames after a violation are not looked at",
    server: logAll,
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.connect("/a");
      await raw.send("40", '42/a,["too late"]', '42["too late"]');
      await raw.closed();
      await t.serverLogged("disconnect", 2);
      t.expect.deepEqual(
        (await t.serverLog()).filter(([event]) => event === "event"),
        [],
      );
    },
  },
]);
