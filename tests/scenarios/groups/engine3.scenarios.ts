/**
 * Clients of Engine.IO 3 (`allowEIO3`), by raw frames.
 *
 * Normalised: ids; in Engine.IO 3 the socket's id of the main namespace is the engine's.
 */
import { scenarios } from "../scenario.ts";

const options = { allowEIO3: true };
const EIO3 = { query: { EIO: "3" } };

export const ENGINE3 = scenarios([
  {
    name: "engine 3: the handshake, and the main namespace without being asked for",
    options,
    server(io, log) {
      io.on("connection", (socket) => {
        const { id } = socket.conn as unknown as { id: string };
        log("connection", socket.id === id, socket.conn.protocol, socket.handshake.auth);
        log("client", socket.client.conn.protocol);
      });
    },
    async client(t) {
      const raw = await t.raw("raw", EIO3);
      await raw.count(2);
      t.expect.match(
        raw.frames[0] as string,
        /^0\{"sid":"[^"]+","upgrades":\[\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}$/,
      );
      t.expect.equal(raw.frames[1], "40");
      t.expect.deepEqual(await t.serverLogged("connection"), [true, 3, {}]);
    },
  },
  {
    name: "engine 3: events and acknowledgements both ways",
    awake: "pending acknowledgements hold the object awake",
    options,
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("add", (a, b, answer) => answer(a + b));
        socket.on("ask me", () => {
          socket.emit("q", 1, (...all: unknown[]) => log("answer", ...all));
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw", EIO3);
      await raw.count(2);
      await raw.send('420["add",1,2]');
      await raw.frame("430[3]");
      await raw.send('42["ask me"]');
      await raw.frame('420["q",1]');
      await raw.send('430["ok"]');
      t.expect.deepEqual(await t.serverLogged("answer"), ["ok"]);
    },
  },
  {
    name: "engine 3: the client pings, the server answers",
    options: { ...options, pingInterval: 1000, pingTimeout: 6000 },
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
    },
    async client(t) {
      const raw = await t.raw("raw", EIO3);
      await raw.count(2);
      await raw.send("2");
      await raw.frame("3");
      await raw.closed();
      t.expect.deepEqual(await t.serverLogged("disconnect"), ["ping timeout"]);
    },
  },
  {
    name: "engine 3: a pong from the client is a transport error",
    options,
    nodeOnly: "a Durable Object answers every pong by itself, without knowing whose it is",
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", reason));
      });
    },
    async client(t) {
      const raw = await t.raw("raw", EIO3);
      await raw.count(2);
      await raw.send("3");
      await raw.closed();
      t.expect.deepEqual(await t.serverLogged("disconnect"), ["transport error"]);
    },
  },
  {
    name: "engine 3: a namespace's query becomes the auth",
    options,
    server(io, log) {
      io.of("/chat").on("connection", (socket) => {
        const { id } = socket.conn as unknown as { id: string };
        log("auth", { ...socket.handshake.auth }, socket.nsp.name);
        log("id", socket.id === `/chat#${id}`);
        socket.emit("hello");
      });
    },
    async client(t) {
      const raw = await t.raw("raw", EIO3);
      await raw.count(2);
      await raw.send("40/chat?token=abc&name=al%20ice,");
      await raw.frame('42/chat,["hello"]');
      t.expect.deepEqual(raw.frames.slice(2), ["40/chat,", '42/chat,["hello"]']);
      t.expect.deepEqual(await t.serverLogged("auth"), [{ token: "abc", name: "al ice" }, "/chat"]);
      t.expect.deepEqual(await t.serverLogged("id"), [true]);
    },
  },
  {
    name: "engine 3: a refusal is the data, or the message alone",
    options,
    server(io) {
      io.of("/plain").use((_socket, next) => next(new Error("not today")));
      io.of("/data").use((_socket, next) => {
        next(Object.assign(new Error("not today"), { data: { code: 7 } }));
      });
      io.of("/neither").use((_socket, next) => next("not today" as never));
    },
    async client(t) {
      const raw = await t.raw("raw", EIO3);
      await raw.count(2);
      await raw.send("40/plain,");
      await raw.count(3);
      await raw.send("40/data,");
      await raw.count(4);
      await raw.send("40/neither,");
      await raw.count(5);
      await raw.send("40/unknown,");
      await raw.count(6);
      t.expect.deepEqual(raw.frames.slice(2), [
        '44/plain,"not today"',
        '44/data,{"code":7}',
        "44/neither,",
        '44/unknown,{"message":"Invalid namespace"}',
      ]);
    },
  },
  {
    name: "engine 3: binary frames begin with a byte for the type",
    options,
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("data", (data) => {
          log("data", data);
          socket.emit("data", data);
        });
      });
    },
    async client(t) {
      const raw = await t.raw("raw", EIO3);
      await raw.count(2);
      await raw.send('451-["data",{"_placeholder":true,"num":0}]', Uint8Array.of(4, 1, 2));
      await raw.count(4);
      t.expect.deepEqual(raw.frames.slice(2), [
        '451-["data",{"_placeholder":true,"num":0}]',
        { $bytes: "040102" },
      ]);
      t.expect.deepEqual(await t.serverLogged("data"), [{ $bytes: "0102" }]);
    },
  },
  {
    name: "engine 3: both versions share rooms",
    options,
    server(io) {
      io.on("connection", (socket) => {
        socket.join("room");
        socket.on("say", (text) => io.to("room").emit("said", text, Uint8Array.of(1)));
      });
    },
    async client(t) {
      const old = await t.raw("old", EIO3);
      await old.count(2);
      const alice = await t.connect("alice");
      await alice.emit("say", "hello");
      await alice.received("said");
      await old.count(4);
      t.expect.deepEqual(old.frames.slice(2), [
        '451-["said","hello",{"_placeholder":true,"num":0}]',
        { $bytes: "0401" },
      ]);
      t.expect.deepEqual(alice.log.slice(1), [["said", "hello", { $bytes: "01" }]]);
    },
  },
  {
    name: "engine 3: disconnecting, by the client and by the server",
    options,
    server(io, log) {
      io.on("connection", (socket) => {
        socket.on("disconnect", (reason) => log("disconnect", reason));
        socket.on("end me", () => socket.disconnect());
      });
    },
    async client(t) {
      const one = await t.raw("one", EIO3);
      await one.count(2);
      await one.send('42["end me"]');
      await one.frame("41");
      const two = await t.raw("two", EIO3);
      await two.count(2);
      await two.send("41");
      await t.serverLogged("disconnect", 2);
      t.expect.deepEqual(await t.serverLog(), [
        ["disconnect", "server namespace disconnect"],
        ["disconnect", "client namespace disconnect"],
      ]);
    },
  },
]);
