// io.schedule: what is due later and outlives a sleep.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { CountedStorage } from "../../../support/counted-storage.ts";
import { InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const WRITTEN = 150;
/** So long that it makes no difference how slow the machine is. */
const LONG = 100_000;

/** A server that logs what is due under `log`. */
function serve(
  storage: CountedStorage,
  log: unknown[] = [],
  setup: (io: Server) => void = () => {},
  sleepers: InMemoryClient[] = [],
): InMemoryServer {
  const all = (io: Server): void => {
    io.schedule.on("log", (...args) => void log.push(args.length === 1 ? args[0] : args));
    setup(io);
  };
  return new InMemoryServer(all, {}, sleepers, storage);
}

/** The alarm is set once the microtasks are over. */
const settle = () => pause(0);

/** Moves the clock. */
async function advance(server: InMemoryServer, milliseconds: number): Promise<void> {
  await settle();
  server.advance(milliseconds);
  await settle();
}

async function alarmOf(server: InMemoryServer): Promise<number> {
  await settle();
  return Math.round((server.alarm ?? Number.NaN) / LONG);
}

test("Buffers are Buffers when their time has come, behind a sleep, too", async () => {
  const storage = new CountedStorage();
  const log: unknown[] = [];
  const server = serve(storage, log);
  const given = Buffer.from("given");
  server.io.schedule.after(LONG, "log", { key: "a", args: [given] });
  server.io.schedule.after(2 * LONG, "log", { key: "b", args: [{ given: [given] }] });
  given.fill(0);
  await advance(server, LONG);
  await pause(WRITTEN);
  await advance(serve(storage, log), 2 * LONG);
  const [first, second] = log as [Buffer, { given: [Buffer] }];
  assert.ok(Buffer.isBuffer(first));
  assert.deepEqual([`${first}`, `${second.given[0]}`], ["given", "given"]);
});

test("handlers are called when it is time, in that order, with copies of what was given", async () => {
  const log: unknown[] = [];
  const storage = new CountedStorage();
  const server = serve(storage, log);
  const { schedule } = server.io;
  const given = new Map([["a", 1]]);
  schedule.after(3 * LONG, "log", { key: "c", args: [3] });
  schedule.after(1 * LONG, "log", { key: "a", args: [given, new Date(5)] });
  schedule.at(new Date(server.now() + 2 * LONG), "log", { key: "b", args: [2] });
  schedule.at(server.now() + 2 * LONG + 1, "log");
  given.set("b", 2);
  assert.equal(await alarmOf(server), 1);
  await advance(server, LONG);
  assert.deepEqual(log.splice(0), [[new Map([["a", 1]]), new Date(5)]]);
  assert.equal(await alarmOf(server), 1);
  await advance(server, 10 * LONG);
  assert.deepEqual(log, [2, [], 3]);
  assert.equal(await alarmOf(server), Number.NaN);
  await pause(WRITTEN);
  assert.deepEqual([...storage.list("state:t")], []);
});

test("the alarm is moved by an event that schedules what is due before all else, and by no other", async () => {
  const log: unknown[] = [];
  const server = serve(new CountedStorage(), log);
  assert.equal(await alarmOf(server), Number.NaN);
  for (const [due, alarm] of [
    [3, 3],
    [5, 3],
    [2, 2],
  ] as const) {
    server.io.schedule.after(due * LONG, "log", { key: String(due), args: [due] });
    assert.equal(await alarmOf(server), alarm);
  }
  await advance(server, 5 * LONG);
  assert.deepEqual(log, [2, 3, 5]);
});

test("the same name and key replaces, another key does not; cancel() drops one", async () => {
  const log: unknown[] = [];
  const server = serve(new CountedStorage(), log);
  const { schedule } = server.io;
  schedule.after(1 * LONG, "log", { key: "a", args: ["replaced"] });
  schedule.after(5 * LONG, "log", { key: "a", args: ["later"] });
  schedule.after(2 * LONG, "log", { key: "b", args: ["cancelled"] });
  schedule.after(2 * LONG, "log", { args: ["without a key"] });
  schedule.cancel("log", "b");
  schedule.cancel("log", "never set");
  await advance(server, 3 * LONG);
  assert.deepEqual(log.splice(0), ["without a key"]);
  await advance(server, 3 * LONG);
  assert.deepEqual(log, ["later"]);
});

test("after a sleep all are due as before, or late and in order; replaced and cancelled ones are not", async () => {
  const log: unknown[] = [];
  const storage = new CountedStorage();
  const { schedule } = serve(storage).io;
  for (const seconds of [4, 2, 3, 1, 60]) {
    schedule.after(seconds * LONG, "log", { key: `${seconds}`, args: [seconds] });
  }
  await pause(WRITTEN);
  const woken = serve(storage, log);
  assert.equal(await alarmOf(woken), 1);
  woken.io.schedule.cancel("log", "3");
  woken.io.schedule.after(50 * LONG, "log", { key: "4", args: ["moved"] });
  await pause(WRITTEN);
  const late = serve(storage, log);
  late.elapsed = 30 * LONG;
  await advance(late, 0);
  assert.deepEqual(log.splice(0), [1, 2]);
  await advance(late, 25 * LONG);
  assert.deepEqual(log.splice(0), ["moved"]);
  await pause(WRITTEN);
  const last = serve(storage, log);
  last.elapsed = 50 * LONG;
  assert.equal(await alarmOf(last), 10);
});

test("a handler may set itself anew, and cancel what is due behind it", async () => {
  const storage = new CountedStorage();
  const log: unknown[] = [];
  const server = serve(storage, log, (io) => {
    io.schedule.on("round", (number: number) => {
      log.push(`round ${number}`);
      io.schedule.after(10 * LONG, "round", { args: [number + 1] });
      io.schedule.cancel("log", "behind");
    });
  });
  server.io.schedule.after(0, "round", { args: [1] });
  server.io.schedule.after(1, "log", { key: "behind", args: ["behind"] });
  for (let i = 0; i < 3; i++) {
    await advance(server, 10 * LONG);
    await settle();
  }
  assert.deepEqual(log, ["round 1", "round 2", "round 3"]);
  await pause(WRITTEN);
  assert.equal([...storage.list("state:t")].length, 1);
});

test("what was called, and what its handler did, are written in one step", async () => {
  const storage = new CountedStorage();
  const server = serve(storage, [], (io) => {
    io.data.players ??= new Set(["a", "b"]);
    io.schedule.on("remove", (id) => io.data.players.delete(id));
  });
  server.io.schedule.after(LONG, "remove", { args: ["a"] });
  await pause(WRITTEN);
  storage.writes.length = 0;
  await advance(server, LONG);
  while (storage.writes.length === 0) await settle();
  assert.deepEqual(storage.writes.sort(), ["delete state:t6:remove", "put state:d1:/players"]);
});

test("one that fails is told of and counts; one that has not settled is called again after a sleep", async () => {
  const storage = new CountedStorage();
  const log: unknown[] = [];
  let settleLong = (): void => {};
  const setup = (io: Server): void => {
    io.schedule.on("throws", () => {
      throw new Error("thrown");
    });
    io.schedule.on("rejects", () => Promise.reject(new Error("rejected")));
    io.schedule.on("long", async () => {
      log.push("long");
      await new Promise<void>((resolve) => (settleLong = resolve));
    });
  };
  const server = serve(storage, log, setup);
  for (const name of ["throws", "rejects", "long", "log"]) server.io.schedule.after(0, name);
  await advance(server, 1);
  assert.deepEqual(log.splice(0), ["long", []]);
  assert.notEqual(server.io._sleep.settled, undefined);
  await pause(WRITTEN);
  assert.deepEqual(
    server.errors.map(({ error, where }) => [(error as Error).message, where]),
    [
      ["thrown", 'io.schedule, "throws"'],
      ["rejected", 'io.schedule, "rejects"'],
    ],
  );
  // It is looked after, in case the object is gone by then.
  const lookedAfter = server.alarm ?? 0;
  assert.equal(lookedAfter > 50_000 && lookedAfter <= 60_000, true, `${lookedAfter}`);
  await advance(server, 61_000);
  assert.deepEqual(log, []);

  const again = serve(storage, log, setup);
  await advance(again, 0);
  assert.deepEqual(log.splice(0), ["long"]);
  settleLong();
  await pause(WRITTEN);
  assert.equal(again.io._sleep.settled, undefined);
  assert.deepEqual([...storage.list("state:t")], []);
});

test("what has no handler is told of once, and waits for one", async () => {
  const storage = new CountedStorage();
  const log: unknown[] = [];
  const first = serve(storage, log);
  for (const key of ["a", "b"]) first.io.schedule.after(0, "new", { key, args: [key] });
  first.io.schedule.after(0, "log", { args: ["known"] });
  await advance(first, 1);
  assert.deepEqual(log.splice(0), ["known"]);
  assert.match(
    String(first.errors.map(({ error }) => error)),
    /^Error: "new" is due and has no handler[^,]*$/,
  );
  first.io.schedule.on("new", (key) => void log.push(key));
  await settle();
  await advance(first, 0);
  assert.deepEqual(log.sort(), ["a", "b"]);
});

test("replays set and cancel nothing", async () => {
  const storage = new CountedStorage();
  const log: unknown[] = [];
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      io.schedule.after(LONG, "log", { key: "set", args: ["again"] });
      io.schedule.cancel("log", "kept");
      socket.on("live", () => io.schedule.after(LONG, "log", { key: "live", args: ["live"] }));
    });
  };
  const server = serve(storage, log, setup);
  const client = server.connect();
  await advance(server, LONG);
  assert.deepEqual(log.splice(0), ["again"]);
  server.io.schedule.after(LONG, "log", { key: "kept", args: ["kept"] });
  await pause(WRITTEN);
  const woken = serve(storage, log, setup, [Object.assign(new InMemoryClient(), client)]);
  const [connection] = woken.runtime.connections();
  const sleeper = connection?._transport as InMemoryClient;
  sleeper.emit('42["live"]');
  await advance(woken, 20 * LONG);
  assert.deepEqual(log.sort(), ["kept", "live"]);
});

test("what cannot be scheduled is refused", () => {
  const { schedule } = serve(new CountedStorage()).io;
  const cases: [RegExp, () => void][] = [
    [/"log" at no time/, () => schedule.after(Number.NaN, "log")],
    [/"log" at no time/, () => schedule.at(new Date("never"), "log")],
    [
      /"log" with the key "k" cannot be kept: it cannot be cloned/,
      () => schedule.after(1, "log", { key: "k", args: [() => {}] }),
    ],
    [
      /the args of "log" are too large/,
      () => schedule.after(1, "log", { args: ["x".repeat(2_000_000)] }),
    ],
    [/names and keys are strings/, () => schedule.after(1, "log", { key: 5 as never })],
    [/names and keys are strings/, () => schedule.after(1, "log", { args: 5 as never })],
    [/so long or odd a name/, () => schedule.after(1, "log", { key: "x".repeat(3_000) })],
    [/is no function/, () => schedule.on("log", undefined as never)],
  ];
  for (const [message, act] of cases) assert.throws(act, { message });
});

test("10,000 of them: one deadline, a wake that reads one row, all called in order", async () => {
  const storage = new CountedStorage();
  const { schedule } = serve(storage).io;
  const count = 10_000;
  for (let i = 0; i < count; i++) {
    // In no order.
    const number = (i * 7_919) % count;
    schedule.after(LONG + number * LONG, "log", { key: `${number}`, args: [number] });
  }
  await pause(WRITTEN * 2);
  assert.equal([...storage.list("state:t")].length, count);
  storage.reads.length = storage.writes.length = 0;
  const log: number[] = [];
  const woken = serve(storage, log);
  assert.equal((await alarmOf(woken)) <= 1, true);
  assert.deepEqual(storage.reads, ["get state:next"]);
  await advance(woken, 100 * LONG);
  assert.equal(log.length >= 100 && log.length < 110, true, `${log.length}`);
  await pause(WRITTEN);
  storage.reads.length = 0;
  const next = serve(storage, log);
  next.elapsed = woken.elapsed;
  assert.equal((await alarmOf(next)) <= 1, true);
  assert.deepEqual(storage.reads, ["get state:next"]);
  await advance(next, count * LONG);
  assert.deepEqual(
    log,
    Array.from({ length: count }, (_, number) => number),
  );
});

test("who schedules nothing reads and writes nothing", async () => {
  const storage = new CountedStorage();
  const server = new InMemoryServer(() => {}, {}, [], storage);
  server.connect().emit('42["event"]');
  await pause(WRITTEN);
  assert.deepEqual([storage.reads, storage.writes], [[], []]);
});
