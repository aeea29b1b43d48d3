// What a client has missed that was sent to rooms: of those in which it was when it was sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionRecords } from "../../../../glue/adapter/recovery/session-records.ts";
import { Random } from "../../../soak/random.ts";
import { CountedStorage } from "../../../support/counted-storage.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));
/** So many changes of its rooms are remembered. */
const MAX_CHANGES = 64;

function start(maxDisconnectionDuration = 60_000) {
  const server = new InMemoryServer(() => {}, {
    connectionStateRecovery: { maxDisconnectionDuration },
  });
  return { server, io: server.io };
}

/** A client that has got one packet, and its socket. */
function come(server: InMemoryServer, namespace = "/") {
  const client = server.connect(namespace);
  const { sid, pid } = JSON.parse(/\{.*/.exec(String(client.take()[0]))?.[0] ?? "");
  const nsp = server.io.of(namespace);
  nsp.to(sid).emit("first");
  const offset = JSON.parse(/\[.*/.exec(String(client.take()[0]))?.[0] ?? "").at(-1);
  const socket = nsp.sockets.get(sid);
  assert.ok(socket !== undefined);
  return { client, sid, auth: { pid, offset }, socket };
}

/** What somebody with this private id and offset has missed, who comes back; the last is the answer. */
async function missed(server: InMemoryServer, auth: object, namespace = "/") {
  const client = server.connect(namespace, auth);
  await settle();
  const frames = client.take().map(String);
  const payloads = frames.slice(0, -1).map((frame) => JSON.parse(/\[.*/.exec(frame)?.[0] ?? ""));
  const { sid } = JSON.parse(/\{.*/.exec(frames.at(-1) ?? "")?.[0] ?? "");
  return { client, sid, names: payloads.map(([name]) => name as string) };
}

test("the last 64 changes of rooms count; before the first of these it was where that one found it", async () => {
  for (const count of [MAX_CHANGES, MAX_CHANGES + 6]) {
    const { server, io } = start();
    const { client, sid, auth, socket } = come(server);
    const due: string[] = [];
    for (let room = 0; room < count; room++) {
      io.to(`${room}`).emit(`before ${room}`);
      socket.join(`${room}`);
      io.to(`${room}`).emit(`after ${room}`);
      // Of a change that is not known any more, only where it has led to.
      if (room < count - MAX_CHANGES) due.push(`before ${room}`);
      due.push(`after ${room}`);
    }
    client.leave();
    const back = await missed(server, auth);
    assert.equal(back.sid, sid);
    assert.deepEqual(back.names, due, `${count} changes`);
  }
});

test("however often rooms change in a turn, no more are kept than the last ones, and they are the last", async () => {
  const { server, io } = start();
  const { client, auth, socket } = come(server);
  io.to("x").emit("too long ago");
  for (let times = 0; times < 1_000; times++) {
    socket.join("x");
    io.to("x").emit("in");
    socket.leave("x");
    io.to("x").emit("out");
  }
  const records: unknown[] = [];
  const { keepLost } = SessionRecords.prototype;
  SessionRecords.prototype.keepLost = function (record) {
    records.push(record.changes);
    keepLost.call(this, record);
  };
  try {
    client.leave();
  } finally {
    SessionRecords.prototype.keepLost = keepLost;
  }
  assert.equal((records as unknown[][])[0]?.length, MAX_CHANGES);
  const { names } = await missed(server, auth);
  assert.deepEqual(names, Array(MAX_CHANGES / 2).fill("in"));
});

test("who is left out by a room is who was in it when it was sent, not who left or joined later", async () => {
  const { server, io } = start();
  const { client, sid, auth, socket } = come(server);
  socket.join("busy");
  io.except("busy").emit("not for the busy");
  io.to(sid).except("busy").emit("nor by its id");
  socket.leave("busy");
  io.except("busy").emit("for all who are not");
  socket.join("hall");
  io.to("hall").except("busy").emit("for the hall");
  socket.join("busy");
  io.to("hall").except("busy").emit("not for the busy of the hall");
  client.leave();
  io.except("busy").emit("not for the lost who are busy");
  io.except("elsewhere").emit("for all");
  const back = await missed(server, auth);
  assert.equal(back.sid, sid);
  assert.deepEqual(back.names, ["for all who are not", "for the hall", "for all"]);
});

test("who comes back again and again has been in its own room, and in the others, all the time", async () => {
  const { server, io } = start();
  const { client, sid, auth, socket } = come(server);
  socket.join("hall");
  io.to(sid).emit("for it");
  io.except(sid).emit("for the others");
  io.to("hall").emit("for the hall");
  client.leave();
  for (let times = 0; times < 3; times++) {
    // With the offset of the beginning, as if nothing had got there.
    const back = await missed(server, auth);
    assert.equal(back.sid, sid);
    assert.deepEqual(back.names, ["for it", "for the hall"]);
    back.client.leave();
  }
});

const ROOMS = ["a", "b", "c", "d"];

test("random joins, leaves and broadcasts: what comes back is what came", async () => {
  const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? performance.timeOrigin % 2 ** 31);
  const random = new Random(seed);
  const some = () => ROOMS.filter(() => random.below(3) === 0);
  for (let round = 0; round < 40; round++) {
    const { server, io } = start();
    const { client, auth, socket } = come(server);
    // Fewer than are remembered.
    for (let step = 0; step < MAX_CHANGES; step++) {
      const room = random.pick(ROOMS);
      if (random.below(2) === 0) socket.join(room);
      else socket.leave(room);
      for (let count = random.below(3); count > 0; count--) {
        io.to(some()).except(some()).emit(`${step}.${count}`);
      }
    }
    const names = (frames: ReturnType<InMemoryClient["take"]>) =>
      frames.map((frame) => JSON.parse(String(frame).slice(2))[0]);
    const came = names(client.take());
    client.leave();
    assert.deepEqual((await missed(server, auth)).names, came, `round ${round}, seed ${seed}`);
  }
});

test("one session of a connection ends or expires, and that of another namespace goes on", async () => {
  const { server, io } = start();
  const told: string[] = [];
  for (const name of ["/", "/news"]) {
    io.of(name).adapter.on("expire-session", (id) => told.push(`${name} ${id}`));
  }
  const main = come(server);
  main.client.emit("40/news,");
  const answer = JSON.parse(/\{.*/.exec(String(main.client.take()[0]))?.[0] ?? "");
  main.client.leave();
  server.advance(30_000);
  // It comes back to one of them, and is lost again.
  const once = await missed(server, main.auth);
  assert.equal(once.sid, main.sid);
  once.client.leave();
  server.advance(31_000);
  assert.deepEqual(told, [`/news ${answer.sid}`]);
  io.emit("while it is lost");
  const twice = await missed(server, main.auth);
  assert.deepEqual([twice.sid, twice.names], [main.sid, ["while it is lost"]]);
  const late = await missed(server, { pid: answer.pid }, "/news");
  assert.notEqual(late.sid, answer.sid);
  // It leaves one of two for good, and is lost with the other.
  twice.client.emit("40/news,");
  const other = JSON.parse(/\{.*/.exec(String(twice.client.take()[0]))?.[0] ?? "");
  twice.client.emit("41/news,").leave();
  const news = await missed(server, { pid: other.pid }, "/news");
  assert.notEqual(news.sid, other.sid);
  assert.equal((await missed(server, main.auth)).sid, main.sid);
  assert.deepEqual(told, [`/news ${answer.sid}`]);
});

test("the end of lost sessions, one after the other, is found without a look at all others each time", async ({
  mock,
}) => {
  mock.timers.enable({ apis: ["Date"] });
  const { server, io } = start();
  const told: string[] = [];
  io.of("/").adapter.on("expire-session", (id) => told.push(id));
  const ids: string[] = [];
  const all: InMemoryClient[] = [];
  for (let number = 0; number < 100; number++) {
    const { client, sid } = come(server);
    ids.push(sid);
    all.push(client);
  }
  for (const client of all) {
    client.leave();
    server.advance(100);
  }
  const { all: lookAtAll } = SessionRecords.prototype;
  let looks = 0;
  SessionRecords.prototype.all = function () {
    looks += 1;
    return lookAtAll.call(this);
  };
  try {
    server.advance(49_901);
    for (let number = 0; number < 100; number++) {
      server.advance(100);
      assert.deepEqual(told, ids.slice(0, number + 1));
    }
  } finally {
    SessionRecords.prototype.all = lookAtAll;
  }
  assert.ok(looks <= 2, `${looks} looks`);
});

test("what is sent to a room that is neither text nor a number is its members', not everybody's", async () => {
  const { server, io } = start();
  const none = undefined as unknown as string;
  const nothing = null as unknown as string;
  const [member, other] = [come(server), come(server)];
  member.socket.join(none);
  for (const { client } of [member, other]) client.leave();
  io.to(none).emit("to undefined");
  io.to([none, "elsewhere"]).emit("to undefined and others");
  io.to(nothing).emit("to null");
  io.except(none).emit("to all but undefined");
  io.except(nothing).emit("to all but null");
  const namesOf = async ({ auth }: typeof member) => (await missed(server, auth)).names;
  const all = [
    "to undefined",
    "to undefined and others",
    "to all but undefined",
    "to all but null",
  ];
  assert.deepEqual(await namesOf(member), [all[0], all[1], all[3]]);
  assert.deepEqual(await namesOf(other), [all[2], all[3]]);
  assert.deepEqual(server.errors, []);
});

test("rooms that are numbers: their packets go in rows like others, and who comes back gets them", async () => {
  const storage = new CountedStorage();
  const server = new InMemoryServer(() => {}, { connectionStateRecovery: {} }, [], storage);
  const { io } = server;
  const { client, sid, auth, socket } = come(server);
  const [seven, eight] = [7, 8] as unknown as [string, string];
  socket.join(seven);
  client.leave();
  for (let count = 0; count < 40; count++) {
    io.to(eight).emit("filler", "x".repeat(10_000));
    await settle();
  }
  io.to(seven).emit("to seven");
  io.to("7").emit("to its text");
  io.to([seven, "x"]).emit("to seven and x");
  const back = await missed(server, auth);
  assert.equal(back.sid, sid);
  assert.deepEqual(back.names, ["to seven", "to seven and x"]);
  const rows = storage.writes.filter((write) => write.startsWith("put recovery:p"));
  assert.ok(new Set(rows).size > 2, `${new Set(rows).size} rows`);
  assert.deepEqual(server.errors, []);
});
