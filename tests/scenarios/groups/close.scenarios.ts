/**
 * `io.close()`: what sockets see everywhere; on Node also ports and callbacks.
 *
 * Normalised: ids (names of the clients).
 */
import { delay, scenarios } from "../scenario.ts";

export const CLOSE = scenarios([
  {
    name: "close: every socket is told that the server shuts down",
    server(io, log) {
      for (const name of ["/", "/a"]) {
        io.of(name).on("connection", (socket) => {
          socket.join("room");
          socket.on("disconnecting", (reason) =>
            log("disconnecting", name, reason, socket.rooms.size),
          );
          socket.on("disconnect", (reason) => log("disconnect", name, reason, socket.connected));
          socket.on("close", () => void io.close());
        });
      }
    },
    async client(t) {
      const alice = await t.connect("alice");
      const other = await alice.open("/a");
      await alice.emit("close");
      t.expect.equal(await alice.disconnected(), "transport close");
      await other.disconnected();
      await t.serverLogged("disconnect", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnecting", "/", "server shutting down", 2],
        ["disconnect", "/", "server shutting down", false],
        ["disconnecting", "/a", "server shutting down", 2],
        ["disconnect", "/a", "server shutting down", false],
      ]);
    },
  },
  {
    name: "close: what was emitted before is still delivered",
    server(io) {
      io.on("connection", (socket) => {
        socket.on("close", () => {
          io.emit("bye");
          void io.close();
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const bob = await t.connect("bob");
      await alice.emit("close");
      await Promise.all([alice.disconnected(), bob.disconnected()]);
      t.expect.deepEqual(alice.events, ["connect", "bye", "disconnect"]);
      t.expect.deepEqual(bob.events, ["connect", "bye", "disconnect"]);
    },
  },
  {
    name: "close: nothing is left of the sockets",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("close", async () => {
          await io.close();
          log("left", io.sockets.sockets.size, io.sockets.adapter.rooms.size);
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("close");
      t.expect.deepEqual(await t.serverLogged("left"), [0, 0]);
      await alice.disconnected();
    },
  },
  {
    name: "close: connections without a namespace are closed, too",
    server(io) {
      io.on("connection", (socket) => socket.on("close", () => void io.close()));
    },
    async client(t) {
      const raw = await t.raw("raw");
      // See `limits.scenarios.ts`: workerd is slow to end connections that have said nothing.
      await raw.send("6");
      const alice = await t.connect("alice");
      await alice.emit("close");
      await Promise.all([raw.closed(), alice.disconnected()]);
      t.expect.equal(raw.frames.length, 1);
    },
  },
  {
    name: "close: the callback and the promise tell the end",
    nodeOnly: "only there is an HTTP server that can end",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("close", async () => {
          await io.close((error) => log("callback", error));
          log("resolved");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("close");
      await Promise.all([t.serverLogged("resolved"), alice.disconnected()]);
      t.expect.deepEqual(await t.serverLog(), [["callback", { $undefined: true }], ["resolved"]]);
    },
  },
  {
    name: "close: closing again gives ERR_SERVER_NOT_RUNNING, the promise resolves",
    nodeOnly: "only there is an HTTP server that can end",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("close", async () => {
          await io.close();
          await io.close((error) => log("callback", (error as NodeJS.ErrnoException)?.code));
          log("resolved");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("close");
      await Promise.all([t.serverLogged("resolved"), alice.disconnected()]);
      t.expect.deepEqual(await t.serverLog(), [
        ["callback", "ERR_SERVER_NOT_RUNNING"],
        ["resolved"],
      ]);
    },
  },
  {
    name: "close: the port is free when the client sees the disconnect, listen works again",
    nodeOnly: "only there is a port",
    server(io, log) {
      io.on("connection", (socket) => {
        log("connection", socket.id);
        socket.on("close", async (port) => {
          await io.close();
          io.listen(port);
          log("listening");
        });
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await alice.emit("close", Number(new URL(t.server.url).port));
      await t.serverLogged("listening");
      await alice.disconnected();
      for (let tries = 0; tries < 1_000 && alice.events.at(-1) !== "connect"; tries++) {
        await alice.reconnect();
        await delay(5);
      }
      await t.serverLogged("connection", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["connection", "<alice>"],
        ["listening"],
        ["connection", "<alice#2>"],
      ]);
    },
  },
]);
