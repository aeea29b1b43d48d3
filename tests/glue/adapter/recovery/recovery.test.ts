// Connection state recovery where it is meant to be better than upstream's.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { WebSocketServer } from "ws";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";
import { connect, next } from "../../../support/stock-client.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));
const OPTIONS = { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } };
const MINUTES = 60_000;

/** Whole packets as JSON. */
const textParser = {
  Encoder: class {
    encode = (packet: object) => [JSON.stringify(packet)];
  },
  Decoder: class extends EventEmitter {
    add = (text: string) => this.emit("decoded", JSON.parse(text));
    destroy(): void {}
  },
};

interface Lost {
  sid: string;
  pid: string;
  offset: string;
}

function start() {
  const server = new InMemoryServer((io) => io.on("connection", (s) => s.join("room")), OPTIONS);
  return { server, io: server.io };
}

/** What a client knows after one event. */
function learn(server: InMemoryServer, client: InMemoryClient): Lost {
  const { sid, pid } = JSON.parse(String(client.take()[0]).slice(2));
  server.io.emit("first");
  return { sid, pid, offset: lastOffset(client) };
}

function lastOffset(client: InMemoryClient): string {
  return JSON.parse(String(client.take().at(-1)).slice(2)).at(-1);
}

async function comeBack(server: InMemoryServer, { pid, offset }: Lost) {
  const client = server.connect("/", { pid, offset });
  await settle();
  const frames = client.take().map(String);
  const { sid } = JSON.parse(String(frames.at(-1)).slice(2));
  return { client, missed: frames.slice(0, -1).map((frame) => JSON.parse(frame.slice(2))), sid };
}

test("a client that was idle for long, and then lost for a moment, recovers", async () => {
  const { server, io } = start();
  const client = server.connect();
  const lost = learn(server, client);
  server.elapsed = 30 * MINUTES;
  io.to("elsewhere").emit("not for it");
  client.leave();
  io.emit("missed");
  const { sid, missed } = await comeBack(server, lost);
  assert.equal(sid, lost.sid);
  assert.deepEqual(
    missed.map(([name]) => name),
    ["missed"],
  );
});

test("it works more than once, and nothing comes twice", async () => {
  const { server, io } = start();
  const client = server.connect();
  const lost = learn(server, client);
  client.leave();
  io.emit("one");
  const once = await comeBack(server, lost);
  assert.deepEqual(
    once.missed.map(([name]) => name),
    ["one"],
  );
  once.client.leave();
  io.emit("two");
  const twice = await comeBack(server, { ...lost, offset: once.missed[0].at(-1) });
  assert.equal(twice.sid, lost.sid);
  assert.deepEqual(
    twice.missed.map(([name]) => name),
    ["two"],
  );
  assert.ok(twice.client.connection.readyState === "open");
});

test("a client that comes back before it was missed takes over: the old connection ends first", async () => {
  const { server, io } = start();
  const client = server.connect();
  const lost = learn(server, client);
  const ends: unknown[] = [];
  const old = io.sockets.sockets.get(lost.sid);
  old?.on("disconnect", (reason) => {
    ends.push(reason);
    io.to("room").emit("last words");
  });
  old?.join("more");
  if (old) old.data.name = "Ada";
  const second = await comeBack(server, lost);
  assert.deepEqual(ends, ["transport close"]);
  assert.ok(client.closed !== undefined);
  assert.equal(second.sid, lost.sid);
  assert.deepEqual(
    second.missed.map(([name]) => name),
    ["last words"],
  );
  const now = io.sockets.sockets.get(lost.sid);
  assert.notEqual(now, old);
  assert.deepEqual([...(now?.rooms ?? [])].sort(), [lost.sid, "more", "room"].sort());
  assert.deepEqual(now?.data, { name: "Ada" });
  assert.equal(io.sockets.sockets.size, 1);
});

test("two claims at once: the last one has the session, the other one ends", async () => {
  const { server } = start();
  const client = server.connect();
  const lost = learn(server, client);
  client.leave();
  const backs = await Promise.all([comeBack(server, lost), comeBack(server, lost)]);
  assert.deepEqual(
    backs.map(({ sid }) => sid),
    [lost.sid, lost.sid],
  );
  assert.deepEqual(
    backs.map((back) => back.client.closed !== undefined),
    [true, false],
  );
  assert.equal(server.io.sockets.sockets.size, 1);
  assert.deepEqual(server.errors, []);
});

test("what is no offset of this server, or of the future, recovers nothing", async () => {
  const { server } = start();
  const client = server.connect();
  const lost = learn(server, client);
  client.leave();
  const epoch = lost.offset.slice(0, 6);
  for (const offset of ["", "x", `${epoch}zzzzzzzzzz`, `${epoch}-1`, `x${lost.offset}`, epoch]) {
    const { sid, missed } = await comeBack(server, { ...lost, offset });
    assert.notEqual(sid, lost.sid, offset);
    assert.deepEqual(missed, []);
  }
  assert.equal((await comeBack(server, lost)).sid, lost.sid);
});

test("a log under DEBUG has no private id: not of a client that comes back, whatever the parser", async () => {
  for (const parser of [undefined, textParser]) {
    const server = new InMemoryServer(() => {}, { ...OPTIONS, ...(parser && { parser }) } as never);
    const lines: string[] = [];
    server.debug = (scope, message) => lines.push(`${scope} ${message}`);
    const secret = "the-private-id-of-a-client";
    const auth = { pid: secret, offset: "abcdef1", token: "sesame" };
    if (parser !== undefined) {
      server.open().emit(`4${JSON.stringify({ type: 0, nsp: "/", data: auth })}`);
    } else {
      for (const namespace of ["/", "/chat"]) server.connect(namespace, auth);
    }
    assert.ok(lines.some((line) => line.includes("received")));
    assert.ok(!lines.some((line) => line.includes(secret) || line.includes("sesame")));
  }
});

test("a private id may begin with the name of a shard; what cannot be one is not looked for", async () => {
  const { server } = start();
  const { runtime } = server;
  const generateId = runtime.generateId.bind(runtime);
  runtime.generateId = () => `shard-3.${generateId()}`;
  const client = server.connect();
  const lost = learn(server, client);
  assert.match(lost.pid, /^shard-3\.[\w-]{20}$/);
  client.leave();
  for (const pid of [`${lost.pid}\0`, "x".repeat(101), "a/b", "ü", "", lost.pid.slice(8)]) {
    assert.notEqual((await comeBack(server, { ...lost, pid })).sid, lost.sid, pid);
  }
  assert.equal((await comeBack(server, lost)).sid, lost.sid);
  assert.deepEqual(server.errors, []);
});

test("a session expires, and other reasons to leave keep none", async () => {
  const { server } = start();
  const [expired, left] = [server.connect(), server.connect()];
  const [one, two] = [learn(server, expired), learn(server, left)];
  expired.leave();
  server.elapsed = 60_001;
  left.emit("41").leave();
  assert.notEqual((await comeBack(server, one)).sid, one.sid);
  assert.notEqual((await comeBack(server, two)).sid, two.sid);
});

test("ten thousand packets are kept, and an offset from before them is of no use", async () => {
  const { server, io } = start();
  const client = server.connect();
  const lost = learn(server, client);
  client.leave();
  for (let count = 0; count < 10_000; count += 1) io.to("elsewhere").emit("filler");
  assert.equal((await comeBack(server, lost)).sid, lost.sid);
  [...io.sockets.sockets.values()][0]?.conn.close();
  io.to("elsewhere").emit("one too many");
  assert.notEqual((await comeBack(server, lost)).sid, lost.sid);
});

// --- bounds ------------------------------------------------------------------------------------------

/** A megabyte each, as it is written. */
const MEGABYTE = "x".repeat(2 ** 20);

test("packets are bounded by bytes: who missed no more than fits recovers, others start anew", async () => {
  const { server, io } = start();
  const [early, late] = [server.connect(), server.connect()].map((client) => {
    return { client, lost: learn(server, client) };
  });
  early?.client.leave();
  for (let count = 0; count < 20; count++) io.emit("big", MEGABYTE);
  const offset = lastOffset(late?.client as InMemoryClient);
  late?.client.leave();
  for (let count = 0; count < 20; count++) io.emit("big", MEGABYTE);
  const first = await comeBack(server, early?.lost as Lost);
  assert.notEqual(first.sid, early?.lost.sid);
  assert.deepEqual(first.missed, []);
  const second = await comeBack(server, { ...(late?.lost as Lost), offset });
  assert.equal(second.sid, late?.lost.sid);
  assert.equal(second.missed.length, 20);
});

test("so are lost sessions, with their data: the oldest go first", async () => {
  const { server, io } = start();
  const lost: Lost[] = [];
  for (let count = 0; count < 40; count++) {
    const client = server.connect();
    const known = learn(server, client);
    const socket = io.sockets.sockets.get(known.sid);
    Object.assign(socket?.data as object, { big: new Map([["big", MEGABYTE]]) });
    client.leave();
    lost.push(known);
    server.elapsed += 1;
  }
  const back = await Promise.all([lost[0], lost[39]].map((one) => comeBack(server, one as Lost)));
  assert.notEqual(back[0]?.sid, lost[0]?.sid);
  assert.equal(back[1]?.sid, lost[39]?.sid);
});

test("all namespaces of a server share the room", async () => {
  const { server, io } = start();
  const client = server.connect();
  const known = learn(server, client);
  client.leave();
  for (const name of ["/a", "/b", "/"]) {
    for (let count = 0; count < 7; count++) io.of(name).emit("big", MEGABYTE);
  }
  const { client: again, sid, missed } = await comeBack(server, known);
  assert.equal(sid, known.sid);
  assert.equal(missed.length, 7);
  again.leave();
  for (let count = 0; count < 7; count++) io.of("/a").emit("big", MEGABYTE);
  assert.notEqual((await comeBack(server, known)).sid, known.sid);
});

test("what is missed is what the session was meant, by one room or several, with and without others", async () => {
  const { server, io } = start();
  const client = server.connect();
  const lost = learn(server, client);
  io.sockets.sockets.get(lost.sid)?.join(["", "a", "b"]);
  client.leave();
  io.to("").emit("the room without a name");
  io.to("c").emit("not");
  io.to(["c", "a"]).emit("one of two");
  io.to(["c", "d"]).emit("not");
  io.except("").emit("not");
  io.except("c").emit("without one");
  io.except(["c", "b"]).emit("not");
  io.to("a").except(["c", "d"]).emit("without two");
  io.of("/other").emit("not");
  const { sid, missed } = await comeBack(server, lost);
  assert.equal(sid, lost.sid);
  assert.deepEqual(
    missed.map(([name]) => name),
    ["the room without a name", "one of two", "without one", "without two"],
  );
});

// --- offsets -----------------------------------------------------------------------------------------

test("who never got a packet has no offset, and gets all since its session began", async () => {
  const { server, io } = start();
  io.emit("before");
  const client = server.connect();
  const { sid, pid } = JSON.parse(String(client.take()[0]).slice(2));
  client.leave();
  io.emit("one");
  io.emit("two");
  const back = await comeBack(server, { sid, pid } as Lost);
  assert.equal(back.sid, sid);
  assert.deepEqual(
    back.missed.map(([name]) => name),
    ["one", "two"],
  );
});

test("a volatile event that ends in a string has the offset of what came before it", async () => {
  const { server, io } = start();
  const client = server.connect();
  const { sid, pid } = JSON.parse(String(client.take()[0]).slice(2));
  await settle();
  io.volatile.emit("status", "nothing yet");
  const none = lastOffset(client);
  io.emit("one");
  await settle();
  io.volatile.emit("status", "away");
  io.volatile.emit("number", 1);
  const [, status] = client.take().map((frame) => JSON.parse(String(frame).slice(2)));
  assert.deepEqual(status.slice(0, 2), ["status", "away"]);
  client.leave();
  io.emit("two");
  const names = async (offset: string) => {
    const back = await comeBack(server, { sid, pid, offset });
    assert.equal(back.sid, sid);
    back.client.leave();
    return back.missed.map(([name]) => name);
  };
  assert.deepEqual(await names(status.at(-1)), ["two"]);
  assert.deepEqual(await names(none), ["one", "two"]);
});

test("a client that got nothing in its session still has the offset of the one before", async () => {
  const { server, io } = start();
  const client = server.connect();
  const { offset } = learn(server, client);
  client.emit("41").leave();
  io.emit("not for the next session");
  const again = server.connect();
  const { sid, pid } = JSON.parse(String(again.take()[0]).slice(2));
  again.leave();
  io.emit("one");
  const back = await comeBack(server, { sid, pid, offset });
  assert.equal(back.sid, sid);
  assert.deepEqual(
    back.missed.map(([name]) => name),
    ["one"],
  );
});

test("a client that is lost while it recovers gets the rest, and nothing twice", async () => {
  const { server, io } = start();
  const client = server.connect();
  const lost = learn(server, client);
  client.leave();
  for (const name of ["one", "two", "three"]) io.emit(name);
  const first = await comeBack(server, lost);
  first.client.leave();
  // It got one packet of three.
  const second = await comeBack(server, { ...lost, offset: first.missed[0].at(-1) });
  assert.equal(second.sid, lost.sid);
  assert.deepEqual(second.missed, first.missed.slice(1));
});

// --- the end of sessions -------------------------------------------------------------------------------

test("a session that expires is told of once, with its rooms and data; one that is recovered is not", async () => {
  const { server, io } = start();
  const told: unknown[] = [];
  io.of("/").adapter.on("expire-session", (id, rooms, data) => told.push([id, [...rooms], data]));
  const [gone, back] = [server.connect(), server.connect()];
  const [one, two] = [learn(server, gone), learn(server, back)];
  const socket = io.sockets.sockets.get(one.sid);
  if (socket) socket.data.name = "Ada";
  gone.leave();
  server.advance(30_000);
  back.leave();
  assert.equal((await comeBack(server, two)).sid, two.sid);
  server.advance(30_001);
  server.advance(5_000);
  assert.notEqual((await comeBack(server, one)).sid, one.sid);
  assert.deepEqual(told, [[one.sid, [one.sid, "room"], { name: "Ada" }]]);
});

test("the stock client hands on twice what came before a CONNECT that was not answered", async () => {
  const OPEN = '0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1}';
  const CONNECTED = '40{"sid":"s","pid":"p"}';
  const MISSED = '42["said","missed","o2"]';
  /** What each of its connections gets, and whether it ends then. */
  const connections = [
    { frames: [CONNECTED, '42["said","first","o1"]'], ends: true },
    { frames: [MISSED], ends: true },
    { frames: [MISSED, CONNECTED], ends: false },
  ];
  const server = new WebSocketServer({ port: 0 });
  server.on("connection", (socket) => {
    socket.send(OPEN);
    socket.once("message", () => {
      const { frames, ends } = connections.shift() ?? { frames: [], ends: true };
      for (const frame of frames) socket.send(frame);
      if (ends) socket.close();
    });
  });
  const { port } = server.address() as { port: number };
  const client = connect(`http://127.0.0.1:${port}`, "", { reconnectionDelay: 10 });
  const got: string[] = [];
  client.on("said", (text) => got.push(text));
  await next(client, "connect");
  await next(client, "connect");
  await settle();
  assert.equal(client.recovered, true);
  assert.deepEqual(got, ["first", "missed", "missed"]);
  client.disconnect();
  server.close();
});
