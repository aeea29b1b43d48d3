// What clients recover when their object dies: evicted, aborted, its process killed.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const folder = mkdtempSync(join(tmpdir(), "recovery-"));
let worker: RunningWorker;
const clients = new Set<Socket>();

before(async () => {
  worker = await start();
});
after(async () => {
  for (const client of clients) client.close();
  await worker.stop();
  rmSync(folder, { recursive: true });
});

function start(): Promise<RunningWorker> {
  return startWorker({
    entry: new URL("./recovery.worker.ts", import.meta.url),
    classes: {
      ROOM: "Room",
      STRICT: "Strict",
      BRIEF: "Brief",
      IDLE: "Idle",
      RECOVERING: "IdleRecovering",
    },
    compatibilityFlags: ["nodejs_als"],
    bindings: { DEBUG: "*" },
    persist: folder,
  });
}

/** What workers before this one have written. */
let output = "";

/** `meanwhile`: what happens to the files. */
async function restart(meanwhile: () => void = () => {}): Promise<void> {
  await worker.kill();
  output += worker.output;
  meanwhile();
  worker = await start();
}

/** What SQLite has of an object on the disk, while nobody else has it. */
function openDatabase(id: string): DatabaseSync {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const file = files.find((name) => name.endsWith(`${id}.sqlite`));
  return new DatabaseSync(join(folder, file ?? "there is none"));
}

async function idOf(object: string, binding = "ROOM"): Promise<string> {
  const namespace = await worker.mf.getDurableObjectNamespace(binding);
  return namespace.idFromName(object).toString();
}

/** How often the log has this. */
function countInLog(what: string): number {
  return worker.output.split(what).length - 1;
}

interface Visitor {
  socket: Socket;
  numbers: number[];
}

interface Known {
  _pid?: string;
  _lastOffset?: string;
}

/** A client of an object; `before` is what it was when it was lost. */
async function visit(
  object: string,
  binding = "ROOM",
  before?: Visitor,
  room = "lobby",
): Promise<Visitor> {
  const socket = connect(worker.url, "", {
    query: { object, class: binding },
    auth: { rooms: [room] },
    reconnection: false,
  });
  clients.add(socket);
  const { _pid, _lastOffset } = (before?.socket ?? {}) as Known;
  if (_pid !== undefined) Object.assign(socket, { _pid, _lastOffset });
  const numbers: number[] = [];
  socket.on("number", (number, bytes) => {
    assert.deepEqual([...new Uint8Array(bytes)], [number % 256]);
    numbers.push(number);
  });
  await next(socket, "connect");
  return { socket, numbers };
}

async function tell(what: string, object: string, more = "", binding = "ROOM"): Promise<unknown[]> {
  const response = await fetch(`${worker.url}/~${what}?object=${object}&class=${binding}${more}`);
  return (await response.json()) as unknown[];
}

async function emit(object: string, numbers: string, binding = "ROOM"): Promise<void> {
  await tell("emit", object, `&numbers=${numbers}&room=lobby`, binding);
}

/** Resolves once what these objects have put off is on the disk. */
async function written(objects: string[], binding = "ROOM"): Promise<void> {
  await Promise.all(objects.map((object) => tell("pause", object, "", binding)));
}

/** A client with a name, a room and a packet. */
async function settle(object: string, binding = "ROOM"): Promise<Visitor & { id: string }> {
  const visitor = await visit(object, binding);
  await ask(visitor.socket, "name", "Ada");
  await emit(object, "1", binding);
  while (visitor.numbers.length === 0) await delay(10);
  return { ...visitor, id: visitor.socket.id as string };
}

async function assertIsBack(
  { socket, numbers }: Visitor,
  id: string,
  missed: number[],
): Promise<void> {
  assert.deepEqual([socket.recovered, socket.id, numbers], [true, id, missed]);
  assert.deepEqual(await ask(socket, "who"), [[id, "lobby"].sort(), { name: "Ada" }]);
}

test("an object that is evicted with its sockets closed, again and again: nothing is lost", async () => {
  const alice = await settle("evicted");
  await worker.evict("evicted", "close");
  await next(alice.socket, "disconnect").catch(() => {});
  await emit("evicted", "2-3");
  await worker.evict("evicted", "close");
  await emit("evicted", "4");
  const again = await visit("evicted", "ROOM", alice);
  await assertIsBack(again, alice.id, [2, 3, 4]);
  await worker.evict("evicted", "hibernate");
  await emit("evicted", "5");
  while (again.numbers.length < 4) await delay(10);
  again.socket.io.engine.close();
  // In the middle of something, which the eviction waits for.
  for (let number = 6; number < 20; number++) await emit("evicted", String(number));
  await worker.evict("evicted", "close");
  const missed = Array.from({ length: 14 }, (_, index) => index + 6);
  await assertIsBack(await visit("evicted", "ROOM", again), alice.id, missed);
});

test("abort(): the sessions are there, and what was sent afterwards", async () => {
  const alice = await settle("aborted");
  await written(["aborted"]);
  await assert.rejects(tell("abort", "aborted"));
  await emit("aborted", "2-3");
  await assertIsBack(await visit("aborted", "ROOM", alice), alice.id, [2, 3]);
});

test("rooms that sleeping clients are put into and taken out of by others are there after abort()", async () => {
  const alice = await settle("put");
  await written(["put"]);
  for (const [what, room, rooms] of [
    ["join", "x", ["lobby", "x"]],
    ["leave", "lobby", ["x"]],
  ] as const) {
    await worker.evict("put", "hibernate");
    await tell(what, "put", `&room=${room}`);
    await written(["put"]);
    // What its socket would tell, if it were made, it does not.
    await worker.evict("put", "hibernate");
    await assert.rejects(tell("abort", "put"));
    const again = await visit("put", "ROOM", alice);
    assert.deepEqual([again.socket.recovered, again.socket.id], [true, alice.id]);
    const expected = [alice.id, ...rooms].sort();
    assert.deepEqual(await ask(again.socket, "who"), [expected, { name: "Ada" }]);
  }
});

test("what was sent to a room counts by who was in it then", async () => {
  const alice = await settle("then");
  const say = (numbers: string, room: string) =>
    tell("emit", "then", `&numbers=${numbers}&room=${room}`);
  // It gets nothing any more, and nobody knows.
  const known = { ...(alice.socket as unknown as Known) };
  await say("2", "x");
  await say("3", "lobby");
  await tell("join", "then", "&room=x");
  await say("4", "x");
  await tell("leave", "then", "&room=lobby");
  await say("5", "lobby");
  await written(["then"]);
  await worker.evict("then", "hibernate");
  await tell("leave", "then", "&room=x");
  await say("6", "x");
  await written(["then"]);
  await worker.evict("then", "close");
  const { _pid, _lastOffset } = known;
  const before = { socket: { _pid, _lastOffset } as unknown as Socket, numbers: [] };
  const again = await visit("then", "ROOM", before);
  assert.deepEqual(
    [again.socket.recovered, again.socket.id, again.numbers],
    [true, alice.id, [3, 4]],
  );
});

test("a client that comes back while its old socket is thought to be there takes over", async () => {
  const alice = await settle("taken");
  await worker.evict("taken", "hibernate");
  const again = await visit("taken", "ROOM", alice);
  await assertIsBack(again, alice.id, []);
  await emit("taken", "2");
  while (again.numbers.length === 0) await delay(10);
  if (alice.socket.connected) await next(alice.socket, "disconnect");
  assert.deepEqual(alice.numbers, [1]);
});

test("a killed process: what was written is recovered, whoever had no offset gets all", async () => {
  const [alice, bob] = [await settle("killed"), await settle("strict", "STRICT")];
  const silent = await visit("silent");
  const id = silent.socket.id as string;
  await ask(silent.socket, "name", "Ada");
  await emit("killed", "2");
  silent.socket.io.engine.close();
  await emit("silent", "7-8");
  await written(["killed", "silent"]);
  // Every one of them is on the disk before it is sent.
  bob.socket.io.engine.close();
  for (let number = 2; number < 10; number++) await emit("strict", String(number), "STRICT");
  await restart();
  await emit("killed", "3");
  await assertIsBack(await visit("killed", "ROOM", alice), alice.id, [3]);
  await assertIsBack(await visit("silent", "ROOM", silent), id, [7, 8]);
  await assertIsBack(await visit("strict", "STRICT", bob), bob.id, [2, 3, 4, 5, 6, 7, 8, 9]);
});

test("killed in the middle of something: only who may have missed what is lost begins anew", async () => {
  for (let attempt = 1; !(await losesInTheMiddle(`busy ${attempt}`)); attempt++) {
    assert.ok(attempt < 10, "nothing is ever lost");
  }
});

/** Whether anything was lost: on a busy machine all may have been written by then, and everybody recovers. */
async function losesInTheMiddle(object: string): Promise<boolean> {
  const alice = await settle(object);
  const bob = await visit(object, "ROOM", undefined, "quiet");
  const id = bob.socket.id as string;
  alice.socket.io.engine.close();
  bob.socket.io.engine.close();
  // Once it is the same rooms for a while, it is known who is concerned.
  const end = Date.now() + 2_000;
  let number = 2;
  while (Date.now() < end) await emit(object, String(number++));
  await restart();
  await tell("emit", object, `&numbers=${number}`);
  const again = await visit(object, "ROOM", alice);
  if (again.socket.recovered) {
    const all = Array.from({ length: number - 1 }, (_, index) => index + 2);
    assert.deepEqual([again.socket.id, again.numbers], [alice.id, all]);
    return false;
  }
  assert.deepEqual(again.numbers, []);
  assert.notEqual(again.socket.id, alice.id);
  const back = await visit(object, "ROOM", bob, "quiet");
  assert.deepEqual([back.socket.recovered, back.socket.id, back.numbers], [true, id, [number]]);
  // The numbers go on: no offset was given out twice.
  const [before, after] = [alice, back].map(
    ({ socket }) => (socket as unknown as Known)._lastOffset ?? "",
  );
  assert.equal(before?.slice(0, 6), after?.slice(0, 6));
  const count = (offset = "") => Number.parseInt(offset.slice(6), 36);
  assert.ok(count(after) > count(before) + number - 2);
  const told = await toldOnce(object);
  assert.deepEqual(
    told.map((one) => one.id),
    [alice.id],
  );
  return true;
}

/** Whose sessions have expired, once it is known of any. */
async function toldOnce(object: string, binding = "ROOM"): Promise<{ id: string }[]> {
  for (;;) {
    const told = await tell("told", object, "", binding);
    if (told.length > 0) return told as { id: string }[];
    await delay(100);
  }
}

// Most of the time they only wait.
describe("as time passes", { concurrency: true }, () => {
  test("a session that expires is told of once, also if the object slept or died meanwhile", async () => {
    const told = [{ rooms: ["lobby"], data: { name: "Ada" } }];
    const lost = async (object: string, lose: (alice: Visitor) => Promise<unknown>) => {
      const alice = await settle(object, "BRIEF");
      await lose(alice);
      await toldOnce(object, "BRIEF");
      const all = (await tell("told", object, "", "BRIEF")) as { id: string; rooms: string[] }[];
      assert.deepEqual(
        all.map(({ id, rooms, ...rest }) => ({
          ...rest,
          rooms: rooms.filter((room) => room !== id),
        })),
        told,
      );
      assert.equal(all[0]?.id, alice.id);
    };
    await Promise.all([
      lost("slept", async ({ socket }) => {
        socket.io.engine.close();
        await delay(100);
        await worker.evict("slept", "close", "BRIEF");
      }),
      lost("died", async () => {
        await written(["died"], "BRIEF");
        await assert.rejects(tell("abort", "died", "", "BRIEF"));
      }),
    ]);
  });

  test("idle with recovery: no more wakes than the heartbeat's, and one when a lost session expires", async () => {
    /** Alarms beside those that have sent a ping. */
    const watch = async (binding: string, losesOne = false): Promise<number> => {
      const object = `idle, ${losesOne}`;
      const { socket } = await visit(object, binding);
      let pings = 0;
      socket.io.on("ping", () => (pings += 1));
      const more = losesOne ? await visit(object, binding) : undefined;
      more?.socket.io.engine.close();
      while (pings < (losesOne ? 1 : 2)) await delay(20);
      await delay(300);
      const [alarms] = await tell("alarms", object, "", binding);
      socket.close();
      return Number(alarms) - pings;
    };
    const all = [
      watch("IDLE"),
      watch("RECOVERING"),
      watch("IDLE", true),
      watch("RECOVERING", true),
    ];
    assert.deepEqual(await Promise.all(all), [0, 0, 0, 1]);
  });

  test("a journal of another version is dropped whole: its sessions are fresh, and the next ones recover", async () => {
    const alice = await settle("aged");
    await written(["aged"]);
    await tell("age", "aged");
    await assert.rejects(tell("abort", "aged"));
    const again = await visit("aged", "ROOM", alice);
    assert.deepEqual([again.socket.recovered, again.numbers], [false, []]);
    await emit("aged", "2");
    await written(["aged"]);
    const pid = (again.socket as unknown as Known)._pid;
    assert.deepEqual((await tell("rows", "aged")).map(String).sort(), [
      "dormouse:recovery:head",
      "dormouse:recovery:p0",
      `dormouse:recovery:s${pid}`,
    ]);
    again.socket.io.engine.close();
    await emit("aged", "3");
    const back = await visit("aged", "ROOM", again);
    assert.deepEqual([back.socket.recovered, back.numbers], [true, [3]]);
  });
});

test("SQLite that takes no more rows, or whose rows cannot be read: the room goes on, with one line in the log", async () => {
  const journal = "key >= 'dormouse:recovery:' AND key < 'dormouse:recovery;'";
  const breakages = {
    full: `PRAGMA ignore_check_constraints = ON;
      CREATE TABLE other (key TEXT PRIMARY KEY, value BLOB, CHECK (NOT (${journal}))) WITHOUT ROWID;
      INSERT INTO other SELECT key, value FROM _cf_KV;
      DROP TABLE _cf_KV;
      ALTER TABLE other RENAME TO _cf_KV`,
    broken: `UPDATE _cf_KV SET value = x'ffffffff' WHERE ${journal}`,
  };
  const objects = Object.keys(breakages);
  const lost = await Promise.all(objects.map((object) => settle(object)));
  const ids = await Promise.all(objects.map((object) => idOf(object)));
  await written(objects);
  await restart(() => {
    Object.values(breakages).forEach((sql, index) => {
      const database = openDatabase(ids[index] as string);
      database.exec(sql);
      database.close();
    });
  });
  for (const [index, object] of objects.entries()) {
    const before = countInLog("connection state recovery is off");
    const back = await visit(object, "ROOM", lost[index]);
    await emit(object, "2-4");
    while (back.numbers.length < 3) await delay(10);
    assert.deepEqual(back.numbers, [2, 3, 4]);
    back.socket.io.engine.close();
    await emit(object, "5");
    await written([object]);
    const again = await visit(object, "ROOM", back);
    assert.deepEqual([again.socket.recovered, again.numbers], [false, []], object);
    await emit(object, "6");
    while (again.numbers.length === 0) await delay(10);
    assert.equal(countInLog("connection state recovery is off") - before, 1, worker.output);
  }
});

test("neither private ids nor offsets are in the log, not even under DEBUG", () => {
  output += worker.output;
  assert.match(output, /dormouse:engine \S+: received 40\{…\}/);
  let count = 0;
  for (const client of clients) {
    const { _pid, _lastOffset } = client as unknown as Known;
    for (const secret of [_pid, _lastOffset]) {
      if (secret === undefined) continue;
      count += 1;
      assert.ok(!output.includes(secret));
    }
  }
  assert.ok(count > 20);
});
