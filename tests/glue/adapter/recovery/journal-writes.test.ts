// When the journal writes, and how often.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { CountedStorage } from "../../../support/counted-storage.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";
import { comeBack, meet, settle, start, WRITTEN } from "./recovering-server.ts";

test("without recovery nothing is read or written", async () => {
  const storage = new CountedStorage();
  const server = new InMemoryServer(() => {}, {}, [], storage);
  server.connect();
  server.io.emit("one");
  await delay(WRITTEN);
  assert.deepEqual([storage.reads, storage.writes], [[], []]);
});

test("rows: one for a connect, few for many packets, none for what is idle", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const storage = new CountedStorage();
  const server = start(storage);
  /** How many were written meanwhile, and until it is quiet. */
  const count = async (milliseconds: number, each: () => void): Promise<number> => {
    storage.writes.length = 0;
    for (let passed = 0; passed < milliseconds + WRITTEN; passed++) {
      if (passed < milliseconds) each();
      await settle();
      mock.timers.tick(1);
    }
    return storage.writes.length;
  };
  await count(1, () => {
    server.connect();
    server.io.emit("the first ever");
  });
  assert.equal(await count(50, () => server.connect()), 50);
  const text = "as long as what people say in a chat";
  assert.ok((await count(1_000, () => server.io.emit("message", text))) <= 12);
  assert.equal(await count(1, () => server.io.emit("message", text)), 1);
  assert.equal(await count(1_000, () => {}), 0);
});

test("rows: of each change, loss, return and expiry, and of strict packets", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const storage = new CountedStorage();
  const server = start(storage, { maxDisconnectionDuration: 60_000 });
  const rowsOf = async (run: () => unknown): Promise<string[]> => {
    storage.writes.length = 0;
    await run();
    for (let passed = 0; passed < WRITTEN; passed += 10) {
      await settle();
      mock.timers.tick(10);
    }
    return storage.writes.map((write) =>
      write.replace("recovery:", "").replace(/ s.*/, " session"),
    );
  };
  const client = server.connect();
  const known = meet(client);
  const socket = server.io.sockets.sockets.get(known.sid);
  const [other, third] = [server.connect(), server.connect()];
  await rowsOf(() => server.io.emit("the first ever"));
  const row = ["put session"];
  assert.deepEqual(await rowsOf(() => socket?.join("x")), row);
  assert.deepEqual(await rowsOf(() => Object.assign(socket?.data as object, { name: "Ada" })), row);
  // With the time at which the first of them expires.
  assert.deepEqual(await rowsOf(() => client.leave()), [...row, "put head"]);
  assert.deepEqual(await rowsOf(() => other.leave()), row);
  assert.deepEqual(await rowsOf(() => comeBack(server, known)), row);
  assert.deepEqual(await rowsOf(() => server.advance(61_000)), ["put head", "delete session"]);
  assert.deepEqual(await rowsOf(() => third.leave()), [...row, "put head"]);
  const strict = new CountedStorage();
  const careful = start(strict, { durability: "strict" });
  careful.io.emit("the first ever");
  strict.writes.length = 0;
  for (let number = 0; number < 5; number++) careful.io.emit("number", number);
  assert.deepEqual(strict.writes, Array(5).fill("put recovery:p0"));
});

test("rows: no more where packets come many at a time", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  for (const pause of [5, 10, 20, 50, 70, 90]) {
    const storage = new CountedStorage();
    const server = start(storage);
    server.io.emit("the first ever");
    const pass = async (milliseconds: number) => {
      for (let passed = 0; passed < milliseconds; passed++) {
        await settle();
        mock.timers.tick(1);
      }
    };
    await pass(WRITTEN);
    storage.writes.length = 0;
    for (let passed = 0; passed < 1_000; passed += pause) {
      for (let count = 0; count < pause; count++) server.io.emit("message", count);
      await pass(pause);
    }
    await pass(WRITTEN);
    // The last one may say no more than that it is over.
    assert.ok(storage.writes.length <= 13, `${storage.writes.length} rows each ${pause} ms`);
  }
});

test("strict: rooms that are joined together are one row, one turn after the other a row each", async () => {
  const storage = new CountedStorage();
  const server = start(storage, { durability: "strict" });
  const known = meet(server.connect());
  const socket = server.io.sockets.sockets.get(known.sid);
  const rooms = Array.from({ length: 50 }, (_, number) => `room ${number}`);
  const rowsOf = async (join: () => Promise<void>): Promise<number> => {
    storage.writes.length = 0;
    await join();
    return storage.writes.filter((write) => write.startsWith("put recovery:s")).length;
  };
  const together = await rowsOf(async () => {
    await socket?.join(rooms);
    await settle();
  });
  const apart = await rowsOf(async () => {
    for (const room of rooms) {
      await socket?.join(`${room}, again`);
      await settle();
    }
  });
  assert.deepEqual([together, apart], [1, rooms.length]);
});

test("a batch is written first where it is strict only, and last otherwise; a large one without waiting", async () => {
  const storage = new CountedStorage();
  const server = start(storage);
  const client = server.connect();
  server.io.emit("the first after a start");
  await delay(WRITTEN);
  client.take();
  const { send } = client;
  const written: number[] = [];
  client.send = (frame) => {
    written.push(storage.writes.length);
    send.call(client, frame);
  };
  storage.writes.length = 0;
  server.io.emit("after a pause");
  assert.deepEqual([written, storage.writes.length], [[0], 0]);
  await settle();
  assert.equal(storage.writes.length, 1);
  server.io.emit("again");
  await settle();
  const open = storage.writes.length;
  server.io.emit("small");
  await settle();
  assert.equal(storage.writes.length, open);
  server.io.emit("large", "x".repeat(70_000));
  assert.equal(storage.writes.length, open);
  await settle();
  assert.ok(storage.writes.length > open);
});

test("an idle room has the alarms of one without recovery, and one for the end of who is lost", async () => {
  const off = new InMemoryServer(() => {}, {}, [], new CountedStorage());
  const maxDisconnectionDuration = 5_000;
  const on = start(new CountedStorage(), { maxDisconnectionDuration });
  for (const server of [off, on]) server.connect();
  const client = on.connect();
  on.io.emit("number", 1);
  await delay(WRITTEN);
  assert.ok(Math.abs((on.alarm ?? 0) - (off.alarm ?? 0)) < 1_000);
  client.leave();
  assert.ok((on.alarm ?? 0) <= maxDisconnectionDuration + 1);
  on.advance(maxDisconnectionDuration + 2);
  assert.ok((on.alarm ?? 0) > 10_000);
});
