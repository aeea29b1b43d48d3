// The ring of packets of the journal against a plain list of them, and its sessions; and who sees what goes to one client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serialize } from "node:v8";
import { Offsets, parseOffset } from "../../../../glue/adapter/recovery/offsets.ts";
import { PacketRing } from "../../../../glue/adapter/recovery/packet-ring.ts";
import { PacketTargets } from "../../../../glue/adapter/recovery/packet-targets.ts";
import { SessionRecords } from "../../../../glue/adapter/recovery/session-records.ts";
import { SmallRooms } from "../../../../glue/adapter/rooms/small-rooms.ts";
import type { Frame } from "../../../../glue/codec/codec.ts";
import { BatchedStorage } from "../../../../glue/engine/host/batched-storage.ts";
import { SessionAwareAdapter } from "../../../../glue/socket.io/index.ts";
import { Random } from "../../../soak/random.ts";
import { CountedStorage } from "../../../support/counted-storage.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const EPOCH = "abcdef";
const NAMESPACES = ["/", "/chat"];
const ROOMS = ["a", "b", "ä", "🙂"];

interface Sent {
  number: number;
  namespace: string;
  rooms: string[];
  except: string[];
  frames: Frame[];
}

/** Written when it is asked to. */
function makeRing(storage: CountedStorage) {
  const batch = new BatchedStorage(storage, "", assert.ifError);
  batch.flushSoon = () => {};
  const { maxValueBytes } = storage;
  const settings = { epoch: EPOCH, retention: 1e6, maxValueBytes, isStrict: false };
  const ring = new PacketRing(batch, settings);
  batch.beforeFlush = () => ring.noteWritten();
  return { batch, ring };
}

function framesOf(random: Random): Frame[] {
  const length = random.pick([0, 3, 60, 60, 60, 5_000, 20_000]);
  const text = random.pick(["x", "x", "ä", "ł", "🙂"]).repeat(length);
  if (random.next() < 0.8) return [text];
  const bytes = () => new Uint8Array(random.below(200)).fill(random.below(256));
  return random.pick([[text, bytes()], [bytes()], [text, bytes(), bytes()], ["1", "2"]]);
}

function subset(random: Random): string[] {
  return ROOMS.filter(() => random.next() < 0.3);
}

for (const maxValueBytes of [131_072, 2_000_000]) {
  test(`what is kept is given back, in values of ${maxValueBytes} bytes`, () => {
    class Storage extends CountedStorage {
      override readonly maxValueBytes = maxValueBytes;
      override put(key: string, value: unknown): void {
        assert.ok(serialize(value).length <= maxValueBytes, `${serialize(value).length} bytes`);
        super.put(key, value);
      }
    }
    const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? performance.timeOrigin % 2 ** 31);
    const random = new Random(seed);
    const storage = new Storage();
    let { batch, ring } = makeRing(storage);
    let targets = new PacketTargets();
    const sent: Sent[] = [];
    for (let count = 0; count < 400; count++) {
      const namespace = random.pick(NAMESPACES);
      const [rooms, except, frames] = [subset(random), subset(random), framesOf(random)];
      const isOne = random.next() < 0.5;
      const target = isOne
        ? targets.ofRoom(namespace, rooms[0])
        : targets.of(namespace, { rooms: new Set(rooms), except: new Set(except) });
      const number = ring.next;
      sent.push({
        number,
        namespace,
        rooms: isOne ? rooms.slice(0, 1) : rooms,
        except: isOne ? [] : except,
        frames,
      });
      ring.add(target, frames, 1_000 + count);
      if (random.next() < 0.1) batch.flush();
      if (random.next() < 0.02) {
        batch.flush();
        ({ batch, ring } = makeRing(storage));
        targets = new PacketTargets();
      }
    }
    for (let count = 0; count < 50; count++) {
      const [namespace, own] = [random.pick(NAMESPACES), subset(random)];
      // Of small values there is room for the last ones only.
      const from = random.pick(sent.slice(-40)).number;
      const isIn = (room: string) => own.includes(room);
      const expected = sent.filter(
        ({ number, namespace: name, rooms, except }) =>
          number >= from &&
          name === namespace &&
          (rooms.length === 0 || rooms.some(isIn)) &&
          !except.some(isIn),
      );
      const missing = { namespace, rooms: own, mustReach: true, isAtRisk: () => false };
      const found = ring.since(from, missing)?.map(({ number, frames }) => ({ number, frames }));
      assert.deepEqual(
        found,
        expected.map(({ number, frames }) => ({ number, frames })),
        `seed ${seed}`,
      );
    }
  });
}

test("one that no value has room for is not kept, and those after it have their own numbers", () => {
  const { batch, ring } = makeRing(new CountedStorage());
  const target = new PacketTargets().ofRoom("/", "a");
  const missing = { namespace: "/", rooms: ["a"], mustReach: true, isAtRisk: () => false };
  for (const text of ["1", "2", "x".repeat(2_000_001), "ł".repeat(1_000_001), "5", "6"]) {
    ring.add(target, [text], 1);
  }
  batch.flush();
  for (const from of [1, 2, 3, 4]) assert.equal(ring.since(from, missing), undefined);
  const numbers = ring.since(5, missing)?.map(({ number, frames }) => [number, ...frames]);
  assert.deepEqual(numbers, [
    [5, "5"],
    [6, "6"],
  ]);
});

test("messages of before the last start are known, also behind a row that has none yet", () => {
  const storage = new CountedStorage();
  const before = makeRing(storage);
  const target = new PacketTargets().ofRoom("/", "a");
  before.ring.add(target, ["old"], 1, "old");
  before.ring.add(target, ["new"], 10, "new");
  before.batch.flush();
  const { ring } = makeRing(storage);
  assert.deepEqual([...ring.messagesSince(10)], ["old a", "new a"]);
  // Who may have missed something is written at once.
  ring.setOpen(undefined, 20);
  assert.deepEqual([...ring.messagesSince(10)], ["old a", "new a"]);
  assert.deepEqual([...ring.messagesSince(11)], []);
});

test("what is too old for anybody is not missed by who was seen to leave; who was not may need it", () => {
  const { ring } = makeRing(new CountedStorage());
  const target = new PacketTargets().ofRoom("/", "a");
  const old = Array.from({ length: 4 }, () => "x".repeat(50_000));
  for (const text of old) ring.add(target, [text], 0);
  for (const text of ["y".repeat(60_000), "z".repeat(60_000)]) ring.add(target, [text], 2e6);
  const missing = { namespace: "/", rooms: ["a"], isAtRisk: () => false };
  const left = ring.since(1, { ...missing, mustReach: false })?.map(({ number }) => number);
  assert.deepEqual(left?.slice(-2), [5, 6]);
  assert.equal(left?.includes(1), false);
  assert.equal(ring.since(1, { ...missing, mustReach: true }), undefined);
});

test("offsets: the epoch and the number, to base 36, in whatever order they are asked for", () => {
  const offsets = new Offsets(EPOCH);
  for (const number of [0, 1, 35, 36, 37, 36, 1_295, 1_296, 1, 2 ** 40, 2 ** 40 + 1, 0]) {
    const offset = offsets.format(number);
    assert.equal(offset, EPOCH + number.toString(36));
    assert.equal(parseOffset(offset, EPOCH, 2 ** 50), number);
  }
});

test("of many small lost sessions the latest are kept", () => {
  const batch = new BatchedStorage(new CountedStorage(), "", assert.ifError);
  batch.flushSoon = () => {};
  const sessions = new SessionRecords(batch, 2_000_000);
  const head = { rooms: [], data: {}, epoch: EPOCH, namespace: "/", parent: undefined, from: 1 };
  const nameOf = (number: number) => `pid-of-client-${number}`.padEnd(20, "-");
  for (let lostAt = 1; lostAt <= 32_770; lostAt++) {
    sessions.keepLost({ ...head, sid: nameOf(lostAt), pid: nameOf(lostAt), lostAt });
  }
  const [two, three] = [sessions.get(nameOf(2)), sessions.get(nameOf(3))];
  assert.deepEqual([two, three?.lostAt, sessions.all().length], [undefined, 3, 32_768]);
});

// --- to one client ---------------------------------------------------------------------------------------

const OPTIONS = { connectionStateRecovery: {} };

/** What the first client got by `socket.emit`, and what `broadcast` of its adapter saw. */
function emitToOne(prepare: (io: InMemoryServer["io"], seen: unknown[]) => void) {
  const seen: unknown[] = [];
  const server = new InMemoryServer((io) => {
    prepare(io, seen);
    io.on("connection", (socket) => socket.on("ask", () => socket.emit("answer", 1)));
  }, OPTIONS);
  const client = server.connect();
  client.take();
  client.emit('42["ask"]');
  assert.match(String(client.take()), /^42\["answer",1,"[0-9a-z_-]{7,}"\]$/i);
  assert.deepEqual(server.errors, []);
  return seen;
}

test("an application's adapter sees what goes to one client, however it comes to its place", () => {
  type Broadcast = SessionAwareAdapter["broadcast"];
  const { prototype } = SessionAwareAdapter;
  assert.deepEqual(
    emitToOne((io, seen) => {
      class Seeing extends SessionAwareAdapter {
        override broadcast(...[packet, opts]: Parameters<Broadcast>): void {
          seen.push([packet.data[0], [...opts.rooms].length, [...(opts.except ?? [])]]);
          super.broadcast(packet, opts);
        }
      }
      io.adapter(Seeing);
    }),
    [["answer", 1, []]],
  );
  assert.deepEqual(
    emitToOne((io, seen) => {
      const { adapter } = io.of("/");
      const broadcast = adapter.broadcast.bind(adapter);
      adapter.broadcast = (packet, opts) => {
        seen.push(packet.data[0]);
        broadcast(packet, opts);
      };
    }),
    ["answer"],
  );
  const own = prototype.broadcast;
  try {
    assert.deepEqual(
      emitToOne((_io, seen) => {
        prototype.broadcast = function (packet, opts) {
          seen.push(packet.data[0]);
          own.call(this, packet, opts);
        };
      }),
      ["answer"],
    );
  } finally {
    prototype.broadcast = own;
  }
  assert.deepEqual(
    emitToOne(() => {}),
    [],
  );
});

test("who is in small rooms is known anew whenever anybody comes, goes, joins or leaves", async () => {
  const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? performance.timeOrigin % 2 ** 31);
  const random = new Random(seed);
  const server = new InMemoryServer((io) => {
    io.use((socket, next) => {
      if (socket.handshake.auth.id) socket.id = socket.handshake.auth.id;
      next();
    });
    io.on("connection", (socket) => {
      socket.on("join", (room) => socket.join(room));
      socket.on("leave", (room) => socket.leave(room));
      socket.on("go", () => socket.disconnect());
      const check = () => assertIsKnown();
      socket.on("disconnecting", check);
      socket.on("disconnect", check);
    });
    io.of("/").adapter.on("leave-room", () => assertIsKnown());
  }, OPTIONS);
  const { runtime } = server;
  const nsp = server.io.of("/");
  const rooms = new SmallRooms(nsp);
  const names = new Set(["shared"]);
  const lost: string[] = [];
  function assertIsKnown(): void {
    for (const name of names) {
      const expected = runtime.resolve(nsp._handle, [name], []);
      assert.deepEqual(rooms.membersOf(name), expected, `seed ${seed}`);
    }
  }
  const clients: InMemoryClient[] = [];
  const pids = new Map<InMemoryClient, string>();
  for (let step = 0; step < 300; step++) {
    const client = random.pick(clients.length > 0 ? clients : [server.open()]);
    const room = random.pick(["small", "other", ...names]);
    const action = random.below(8);
    if (action < 2 && clients.length < 8) {
      const [pid] = lost.splice(0, 1);
      const other = server.connect("/", random.pick([{ pid }, { id: "shared" }, {}]));
      await new Promise((resolve) => setImmediate(resolve));
      assertIsKnown();
      const { sid, pid: own } = JSON.parse(String(other.take().at(-1)).slice(2));
      clients.push(other);
      names.add(sid);
      pids.set(other, own);
    } else if (action < 5) client.emit(`42${JSON.stringify(["join", room])}`);
    else if (action === 5) client.emit(`42${JSON.stringify(["leave", room])}`);
    else {
      lost.push(pids.get(client) as string);
      if (action === 6) client.leave();
      else client.emit(random.pick(["41", '42["go"]']));
      clients.splice(clients.indexOf(client), 1);
    }
    if (random.next() < 0.05)
      await runtime.hibernate((socket, connection) => {
        Object.assign(socket, { connection });
      });
    assertIsKnown();
  }
  assert.deepEqual(server.errors, []);
});

test("what goes to one client goes to all who are in its room, and to listeners, as with upstream", () => {
  const outgoing: unknown[][] = [];
  const server = new InMemoryServer((io) => {
    io.on("connection", (socket) => {
      socket.onAnyOutgoing((...args) => outgoing.push(args));
      socket.on("spy", (id) => socket.join(id));
      socket.on("ask", () => socket.emit("answer"));
      socket.on("hide", () => socket.leave(socket.id));
    });
  }, OPTIONS);
  const [one, other] = [server.connect(), server.connect()];
  const { sid } = JSON.parse(String(one.take()[0]).slice(2));
  other.emit(`42${JSON.stringify(["spy", sid])}`).take();
  one.emit('42["ask"]');
  const frames = [one.take(), other.take()];
  assert.equal(frames[0]?.length, 1);
  assert.deepEqual(frames[0], frames[1]);
  assert.equal(outgoing.length, 2);
  one.emit('42["hide"]').emit('42["ask"]');
  assert.deepEqual([one.take().length, other.take().length], [0, 1]);
});

test("a session that changes again and again is looked at once for each write, unless somebody asks", () => {
  const storage = new CountedStorage();
  const batch = new BatchedStorage(storage, "", assert.ifError);
  const sessions = new SessionRecords(batch, 2_000_000);
  batch.beforeFlush = () => {
    sessions.readAll();
    sessions.noteWritten();
  };
  const [sid, pid] = ["sid", "pid-of-a-client".padEnd(20, "-")];
  const head = { sid, pid, data: {}, epoch: EPOCH, namespace: "/", parent: undefined, from: 1 };
  sessions.begin({ ...head, rooms: [] });
  batch.flush();
  const live = { sid, pid, data: {}, isGone: false };
  let looks = 0;
  const join = (count: number) => {
    for (let index = 0; index < count; index++) {
      const rooms = Array.from({ length: index + 1 }, (_, room) => `${count}: ${room}`);
      const get = () => {
        looks += 1;
        return rooms;
      };
      sessions.noteOften(
        Object.defineProperty({ ...live, rooms: [] as string[] }, "rooms", { get }),
      );
    }
  };
  join(300);
  assert.equal(looks, 1);
  assert.equal(sessions.get(pid)?.rooms.length, 300);
  join(200);
  batch.flush();
  assert.equal((storage.get(`s${pid}`) as { rooms: string[] }).rooms.length, 200);
  assert.ok(looks <= 4, `${looks} looks`);
  // What a socket that is gone was last nobody knows any more.
  for (const isGone of [false, true]) {
    sessions.noteOften({ ...live, isGone, rooms: isGone ? [] : ["last"] });
  }
  assert.deepEqual(sessions.get(pid)?.rooms, ["last"]);
  sessions.forget(pid);
  batch.flush();
});
