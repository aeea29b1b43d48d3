// The journal of connection state recovery: what is there after a sleep or a crash, and when the storage fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { CountedStorage, diskOf } from "../../../support/counted-storage.ts";
import {
  comeBack,
  type Known,
  meet,
  offsets,
  RECOVERY,
  settle,
  start,
  WRITTEN,
} from "./recovering-server.ts";

test("after a sleep the history goes on: numbers follow, and no offset is given out twice", async () => {
  const storage = new CountedStorage();
  const given = new Set<string>();
  let known: Known | undefined;
  for (let life = 0; life < 5; life++) {
    const server = start(storage);
    const client = server.connect();
    const met = meet(client);
    for (let count = 0; count < 3; count++) server.io.emit("number", 3 * life + count);
    const received = offsets(client);
    assert.equal(received.length, 3);
    for (const offset of received) {
      assert.ok(!given.has(offset));
      given.add(offset);
    }
    known ??= { ...met, offset: [...given][0] as string };
    client.leave();
    server.runtime.keeper.writeAll();
  }
  const { sid, missed } = await comeBack(start(storage), known as Known);
  assert.equal(sid, known?.sid);
  assert.deepEqual(
    missed,
    Array.from({ length: 14 }, (_, index) => index + 1),
  );
});

test("a crash that loses the last batch: those who were there begin anew, with other offsets", async () => {
  const storage = new CountedStorage();
  const server = start(storage);
  const client = server.connect();
  const known = meet(client);
  const given = new Set<string>();
  for (let count = 0; count < 4; count++) {
    server.io.emit("number", count);
    await settle();
  }
  for (const offset of offsets(client)) given.add(offset);
  client.leave();
  const after = start(diskOf(storage));
  const back = await comeBack(after, { ...known, offset: [...given][0] as string });
  assert.notEqual(back.sid, known.sid);
  after.io.emit("number", 0);
  assert.ok(offsets(back.client).every((offset) => !given.has(offset)));
});

test("a crash after a pause loses nothing; sessions that nobody saw leave expire, too", async () => {
  const storage = new CountedStorage();
  const server = start(storage);
  const client = server.connect();
  const known = meet(client);
  server.io.emit("number", 0);
  const [offset] = offsets(client);
  await delay(WRITTEN);
  const after = start(diskOf(storage));
  const told: unknown[] = [];
  after.io.of("/").adapter.on("expire-session", (id) => told.push(id));
  after.io.emit("number", 1);
  const back = await comeBack(after, { ...known, offset: offset as string });
  assert.deepEqual([back.sid, back.missed], [known.sid, [1]]);
  await delay(WRITTEN);

  const third = start(diskOf(after.storage as CountedStorage));
  third.io.of("/").adapter.on("expire-session", (id) => told.push(id));
  third.advance(60_002);
  assert.deepEqual(told, [known.sid]);
});

test("strict: what is sent is written before, and outlives any crash", async () => {
  const storage = new CountedStorage();
  const server = start(storage, { durability: "strict" });
  const client = server.connect();
  const known = meet(client);
  const seen: number[] = [];
  const { send } = client;
  client.send = (frame) => {
    seen.push(storage.writes.length);
    send.call(client, frame);
  };
  server.io.emit("number", 0);
  server.io.emit("number", 1);
  const [offset] = offsets(client);
  assert.equal(seen.length, 2);
  assert.ok((seen[1] as number) > (seen[0] as number));
  const back = await comeBack(start(diskOf(storage)), { ...known, offset: offset as string });
  assert.deepEqual([back.sid, back.missed], [known.sid, [1]]);
});

test("rows are used again, also small ones: what is too old for the ring is not recovered", async () => {
  class SmallStorage extends CountedStorage {
    override readonly maxValueBytes = 131_072;
  }
  const storage = new SmallStorage();
  const server = start(storage);
  const client = server.connect();
  const known = meet(client);
  server.io.emit("first");
  const [first] = offsets(client);
  const text = "x".repeat(10_000);
  let middle = "";
  for (let count = 0; count < 1_000; count++) {
    server.io.emit(text);
    const [offset] = offsets(client);
    if (count === 800) middle = offset as string;
  }
  client.leave();
  server.runtime.keeper.writeAll();
  const keys = [...storage.list("recovery:p")].map(([key]) => key);
  assert.equal(keys.length, 64);
  const after = start(storage);
  assert.notEqual((await comeBack(after, { ...known, offset: first as string })).sid, known.sid);
  const back = await comeBack(after, { ...known, offset: middle });
  assert.deepEqual([back.sid, back.missed.length], [known.sid, 199]);
  assert.deepEqual(server.errors, []);
});

test("packets that the storage has not kept after all: nobody recovers without them", async () => {
  const storage = new CountedStorage();
  const server = start(storage);
  const client = server.connect();
  const known = meet(client);
  client.leave();
  server.io.emit("number", 1);
  await delay(WRITTEN);
  const disk = diskOf(storage);
  disk.delete("recovery:p0");
  assert.notEqual((await comeBack(start(disk), known)).sid, known.sid);
  assert.deepEqual((await comeBack(start(diskOf(storage)), known)).missed, [1]);
});

test("a packet that is too large for the storage is sent, and who missed it starts anew", async () => {
  const storage = new CountedStorage();
  const server = start(storage);
  const [early, late] = [server.connect(), server.connect()];
  const [one, two] = [meet(early), meet(late)];
  server.io.emit("small");
  const [before] = offsets(early);
  early.leave();
  server.io.emit("x".repeat(3_000_000));
  const after = offsets(late).at(-1);
  late.leave();
  server.io.emit("small", 2);
  assert.notEqual((await comeBack(server, { ...one, offset: before as string })).sid, one.sid);
  const back = await comeBack(server, { ...two, offset: after as string });
  assert.deepEqual([back.sid, back.missed], [two.sid, [2]]);
  await delay(WRITTEN);
  assert.deepEqual(server.errors, []);
});

test("a storage that fails: one line, the room goes on, and nobody recovers what is not there", async () => {
  class FullStorage extends CountedStorage {
    isFull = false;
    override put(key: string, value: unknown): void {
      if (this.isFull) throw new Error("the disk is full");
      super.put(key, value);
    }
  }
  const storage = new FullStorage();
  const server = start(storage);
  const client = server.connect();
  const known = meet(client);
  server.io.emit("number", 0);
  const [offset] = offsets(client);
  await delay(WRITTEN);
  storage.isFull = true;
  for (let count = 1; count < 4; count++) {
    server.io.emit("number", count);
    await delay(WRITTEN);
  }
  assert.equal(client.take().length, 3);
  assert.equal(server.errors.length, 1);
  assert.doesNotMatch(String(server.errors[0]?.error) + server.errors[0]?.where, /pid/);
  assert.ok(!JSON.stringify(server.errors).includes(known.pid));
  client.leave();
  assert.notEqual((await comeBack(server, { ...known, offset: offset as string })).sid, known.sid);
  storage.isFull = false;
  const after = start(storage);
  assert.notEqual((await comeBack(after, { ...known, offset: offset as string })).sid, known.sid);
  assert.deepEqual(after.errors, []);
});

/** Reads what was there when it began, as one does that answers late. */
class LoadedOnce extends CountedStorage {
  override readonly maxValueBytes = 131_072;
  readonly #put = new Set<string>();

  override get(key: string): unknown {
    return this.#put.has(key) ? undefined : super.get(key);
  }

  override put(key: string, value: unknown): void {
    this.#put.add(key);
    super.put(key, value);
  }
}

test("what is too old for anybody leaves the memory, and who missed nothing of it recovers", async () => {
  for (const storage of [new LoadedOnce(), new CountedStorage()]) {
    const server = start(storage);
    const client = server.connect();
    const known = meet(client);
    server.io.emit("first");
    const [offset] = offsets(client);
    const fill = () => {
      for (let count = 0; count < 100; count++) {
        server.io.to("elsewhere").emit("filler", "x".repeat(10_000));
      }
    };
    fill();
    server.elapsed += 3_600_000;
    fill();
    client.leave();
    server.io.emit("missed", 1);
    const back = await comeBack(server, { ...known, offset: offset as string });
    assert.deepEqual([back.sid, back.missed], [known.sid, [1]]);
    assert.deepEqual(server.errors, []);
  }
});

/** Answers late, and fails for the keys that it is told to fail for. */
class LateStorage extends CountedStorage {
  override readonly maxValueBytes = 131_072;
  failing: RegExp | undefined;
  #failed: (key: string, error: unknown) => boolean = () => false;

  override put(key: string, value: unknown): void {
    if (!this.failing?.test(key)) {
      super.put(key, value);
      return;
    }
    queueMicrotask(() => {
      super.delete(key);
      this.#failed(key, new Error("the disk is full"));
    });
  }

  onFailure(failed: (key: string, error: unknown) => boolean): void {
    this.#failed = failed;
  }
}

test("a row that is not kept after all: one line, and nobody recovers without what it held", async () => {
  const storage = new LateStorage();
  const server = start(storage);
  const [early, late, other] = [server.connect(), server.connect(), server.connect()];
  const people = [early, late, other].map(meet) as [Known, Known, Known];
  server.io.emit("number", 0);
  for (const [index, client] of [early, late].entries()) {
    Object.assign(people[index] as Known, { offset: offsets(client)[0] });
  }
  await delay(WRITTEN);
  early.leave();
  // What early misses is lost, and late has got.
  storage.failing = /recovery:p/;
  server.io.emit("number", 1);
  await delay(WRITTEN);
  storage.failing = undefined;
  people[1].offset = offsets(late)[0] as string;
  await delay(WRITTEN);
  late.leave();
  server.io.emit("number", 2);
  // The session of the third is not kept, either.
  storage.failing = /recovery:s/;
  (server.io.sockets.sockets.get(people[2].sid)?.data as { name?: string }).name = "Ada";
  server.io.sockets.sockets.get(people[2].sid)?.join("more");
  await delay(WRITTEN);
  people[2].offset = offsets(other).at(-1) as string;
  other.leave();
  storage.failing = undefined;
  await delay(WRITTEN);
  assert.equal(server.errors.length, 1);
  for (const after of [start(diskOf(storage, new LateStorage())), server]) {
    after.io.emit("number", 3);
    const backs = [];
    for (const known of people) backs.push(await comeBack(after, known));
    assert.deepEqual(
      backs.map(({ sid }, index) => sid === people[index]?.sid),
      [false, true, false],
    );
    assert.deepEqual(backs[1]?.missed, [2, 3]);
  }
});

test("a storage that goes on failing late is given up, and the next start begins a new history", async () => {
  const storage = new LateStorage();
  const server = start(storage);
  const client = server.connect();
  const known = meet(client);
  await delay(WRITTEN);
  storage.failing = /recovery:p/;
  for (let count = 0; count < 40; count++) {
    server.io.emit("number", count);
    await settle();
    await settle();
  }
  await delay(WRITTEN);
  assert.equal(client.take().length, 40);
  client.leave();
  storage.failing = undefined;
  assert.notEqual((await comeBack(server, known)).sid, known.sid);
  assert.notEqual(
    (await comeBack(start(diskOf(storage, new LateStorage())), known)).sid,
    known.sid,
  );
  assert.ok(server.errors.length <= 2);
});

test("a session that expires is gone from the storage before anybody is told, so nobody is told twice", () => {
  const storage = new CountedStorage();
  const server = start(storage);
  const client = server.connect();
  const { pid } = meet(client);
  client.leave();
  const sessions = () =>
    [...diskOf(storage).list("recovery:")].filter(([key]) => key.includes(pid));
  const seen: unknown[] = [];
  server.io.of("/").adapter.on("expire-session", () => seen.push(sessions()));
  server.advance(1_000);
  server.runtime.keeper.writeAll();
  assert.equal(sessions().length, 1);
  server.advance(RECOVERY.maxDisconnectionDuration);
  assert.deepEqual(seen, [[]]);
});

test("an application that deletes everything deletes no session", async () => {
  const storage = new CountedStorage();
  const server = start(storage);
  const client = server.connect();
  const known = meet(client);
  server.io.emit("number", 0);
  const [offset] = offsets(client);
  client.leave();
  await delay(WRITTEN);
  storage.wipe();
  server.io.emit("number", 1);
  await delay(WRITTEN);
  const back = await comeBack(start(diskOf(storage)), { ...known, offset: offset as string });
  assert.deepEqual([back.sid, back.missed], [known.sid, [1]]);
});

test("another version's journal is dropped", async () => {
  const storage = new CountedStorage();
  storage.put("recovery:head", { version: 99, epoch: "future" });
  storage.put("recovery:p0", { epoch: "future", next: "none" });
  storage.put("recovery:sPID", { form: "unknown" });
  const server = start(storage);
  const client = server.connect("/", { pid: "PID", offset: "future1" });
  await settle();
  const known = meet(client);
  assert.ok(known.sid.length > 0);
  client.leave();
  server.advance(2_000);
  assert.deepEqual(server.errors, []);
});

test("what is not cloneable in data is not written, and nothing else is disturbed", async () => {
  const storage = new CountedStorage();
  const server = start(storage);
  const client = server.connect();
  const known = meet(client);
  const socket = server.io.sockets.sockets.get(known.sid);
  Object.assign(socket?.data as object, { name: "Ada", call: () => 1 });
  client.leave();
  await delay(WRITTEN);
  await comeBack(server, known);
  const data = server.io.sockets.sockets.get(known.sid)?.data as { call?: unknown };
  assert.equal(typeof data.call, "function");
  const after = start(diskOf(storage));
  assert.equal((await comeBack(after, known)).sid, known.sid);
  assert.deepEqual(after.io.sockets.sockets.get(known.sid)?.data, { name: "Ada" });
  // It was told of when it could not be kept for a sleep.
  assert.deepEqual([server.errors.length, after.errors], [1, []]);
});
