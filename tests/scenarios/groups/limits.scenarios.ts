/**
 * Limits and times: sizes of messages, the time to join a namespace, the heartbeat.
 *
 * Normalised: ids (names of the clients). The number of pings is not compared.
 */
import { delay, scenarios } from "../scenario.ts";

/**
 * workerd tells the closing of a WebSocket at once, but ends the TCP connection of one that has never
 * sent anything only when the object goes to sleep; so these clients say something first.
 */
const NOOP = "6";

export const LIMITS = scenarios([
  {
    name: "limits: a message of exactly maxHttpBufferSize passes, text and binary",
    options: { maxHttpBufferSize: 1000 },
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("x", (data) => log("x", data.length));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      const text = `42["x","${"y".repeat(1000 - 10)}"]`;
      t.expect.equal(text.length, 1000);
      await raw.send(text);
      await raw.send('451-["x",{"_placeholder":true,"num":0}]', Buffer.alloc(1000));
      await t.serverLogged("x", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["x", 990],
        ["x", 1000],
      ]);
    },
  },
  {
    name: "limits: one byte more closes the connection",
    options: { maxHttpBufferSize: 1000 },
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("x", () => log("x"));
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send(`42["x","${"y".repeat(1000 - 9)}"]`);
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [["disconnect", "transport error"]]);
    },
  },
  {
    name: "limits: sizes are bytes, not characters",
    options: { maxHttpBufferSize: 1000 },
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("x", (data) => log("x", data.length));
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send(`42["x","${"ü".repeat(495)}"]`);
      await t.serverLogged("x");
      await raw.send(`42["x","${"ü".repeat(496)}"]`);
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [
        ["x", 495],
        ["disconnect", "transport error"],
      ]);
    },
  },
  {
    name: "limits: an attachment that is too large closes the connection",
    options: { maxHttpBufferSize: 1000 },
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("x", () => log("x"));
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send('451-["x",{"_placeholder":true,"num":0}]', Buffer.alloc(1001));
      await raw.closed();
      await t.serverLogged("disconnect");
      t.expect.deepEqual(await t.serverLog(), [["disconnect", "transport error"]]);
    },
  },
  {
    name: "limits: what the server sends is not limited by it",
    options: { maxHttpBufferSize: 100 },
    server(io) {
      io.on("connection", (socket) => void socket.emit("large", "y".repeat(10_000)));
    },
    async client(t) {
      const alice = await t.connect("alice");
      const [text] = await alice.received("large");
      t.expect.equal((text as string).length, 10_000);
    },
  },
  {
    name: "limits: a connection that joins nothing is closed after connectTimeout",
    awake: "the engine's connection event is not repeated by a wake",
    options: { connectTimeout: 200 },
    server(io, log) {
      io.engine.on("connection", (connection) => {
        connection.on("close", (reason: string) => log("close", reason));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.send(NOOP);
      await raw.closed();
      t.expect.deepEqual(await t.serverLogged("close"), ["forced close"]);
    },
  },
  {
    name: "limits: io.connectTimeout(value) sets it",
    server(io, log) {
      log("returns the server", io.connectTimeout(200) === io);
      log("timeout", io.connectTimeout());
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.send(NOOP);
      await raw.closed();
      t.expect.deepEqual(await t.serverLog(), [
        ["returns the server", true],
        ["timeout", 200],
      ]);
    },
  },
  {
    name: "limits: refused and unknown namespaces do not count as joined",
    options: { connectTimeout: 8000 },
    server(io) {
      io.use((_socket, next) => next(new Error("refused")));
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.connect("/unknown");
      await raw.closed();
      t.expect.deepEqual(raw.frames.slice(1), [
        '44{"message":"refused"}',
        '44/unknown,{"message":"Invalid namespace"}',
      ]);
    },
  },
  {
    name: "limits: a connection that has joined stays, even after it has left again",
    options: { connectTimeout: 5000 },
    server(io, log) {
      io.on("connection", () => log("connection"));
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.send("41");
      await delay(5300);
      t.expect.ok(raw.open);
      await raw.connect();
      await t.serverLogged("connection", 2);
    },
  },
  {
    name: "heartbeat: a client that answers stays",
    options: { pingInterval: 60, pingTimeout: 15_000 },
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", reason));
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      for (let number = 1; number <= 5; number++) {
        await raw.pinged(number);
        await raw.send("3");
      }
      await raw.send('420["hello"]');
      await raw.frame('430["still here"]');
      t.expect.deepEqual(await t.serverLog(), []);
    },
  },
  {
    name: "heartbeat: the stock client stays",
    options: { pingInterval: 60, pingTimeout: 15_000 },
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", reason));
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      await delay(500);
      t.expect.equal(await alice.ask("hello"), "still here");
      t.expect.deepEqual(await t.serverLog(), []);
    },
  },
  {
    name: "heartbeat: a silent client is closed with ping timeout",
    options: { pingInterval: 300, pingTimeout: 8000 },
    server(io, log) {
      for (const name of ["/", "/a"]) {
        io.of(name).on("connection", (socket) => {
          socket.join("room");
          socket.on("disconnecting", (reason) =>
            log("disconnecting", name, reason, socket.rooms.size),
          );
          socket.on("disconnect", (reason) => log("disconnect", name, reason));
        });
      }
    },
    async client(t) {
      const raw = await t.raw("raw");
      await raw.connect();
      await raw.connect("/a");
      await raw.closed();
      await t.serverLogged("disconnect", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnecting", "/", "ping timeout", 2],
        ["disconnect", "/", "ping timeout"],
        ["disconnecting", "/a", "ping timeout", 2],
        ["disconnect", "/a", "ping timeout"],
      ]);
    },
  },
  {
    name: "heartbeat: a client that stops answering is closed, others are not",
    options: { pingInterval: 60, pingTimeout: 15_000 },
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", socket.id, reason));
        socket.on("hello", (answer) => answer("still here"));
      });
    },
    async client(t) {
      const alice = await t.connect("alice");
      const silent = await t.raw("silent");
      await silent.connect();
      await silent.pinged(1);
      await silent.send("3");
      await silent.closed();
      await t.serverLogged("disconnect");
      t.expect.equal(await alice.ask("hello"), "still here");
      t.expect.deepEqual(await t.serverLog(), [["disconnect", "<silent>", "ping timeout"]]);
    },
  },
]);
