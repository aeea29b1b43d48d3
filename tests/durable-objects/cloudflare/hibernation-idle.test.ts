/**
 * Real sleeps: nothing is forced here, the platform puts the object to sleep after ten idle seconds.
 * `DORMOUSE_LONG=1` (`npm run test:long`) adds a minute with a hundred clients.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebSocket } from "ws";
import { ask, event, pause, sleepers, until } from "./support/sleepers.ts";

const make = sleepers();

/** The platform waits ten seconds. */
const LONG_ENOUGH = 12_500;

const isLong = process.env.DORMOUSE_LONG === "1";

describe("twelve idle seconds", { concurrency: true }, () => {
  test("Engine.IO 4: the object sleeps, and the client notices nothing", async () => {
    const object = await make("Default");
    const client = await object.connect();
    await pause(LONG_ENOUGH);
    assert.equal(await ask(client, "echo", 1), 1);
    assert.equal((await object.book()).constructed, 2);
  });

  test("Engine.IO 3: the object sleeps, and the client notices nothing", async () => {
    const object = await make("Default");
    const client = await object.connect2();
    await pause(LONG_ENOUGH);
    const answer = await new Promise((resolve) => client.emit("echo", 1, resolve));
    client.close();
    assert.equal(answer, 1);
    assert.equal((await object.book()).constructed, 2);
  });

  test("hibernate: false: the object stays awake", async () => {
    const object = await make("Awake");
    const client = await object.connect();
    await pause(LONG_ENOUGH);
    assert.equal((await ask(client, "describe")).restored, false);
    assert.equal((await object.book()).constructed, 1);
  });

  test("a pending acknowledgement keeps the object awake", async () => {
    const object = await make("Default");
    const client = await object.connect();
    const question = event(client, "question");
    client.emit("ask");
    const [answer] = (await question) as [(value: string) => void];
    await pause(LONG_ENOUGH);
    answer("after a while");
    assert.deepEqual(await object.noted("answer"), [["answer", "after a while"]]);
    assert.equal((await object.book()).constructed, 1);
  });
});

describe("heartbeats", { concurrency: true }, () => {
  test("clients of every kind stay over many intervals, with the object asleep between", async () => {
    const object = await make("Short");
    const client = await object.connect();
    const old = await object.connect2();
    for (let round = 0; round < 8; round++) {
      await pause(700);
      await object.sleep();
    }
    assert.equal(client.connected, true);
    assert.equal(old.connected, true);
    assert.equal(await ask(client, "echo", 1), 1);
    const { notes, writes } = await object.book();
    old.close();
    assert.deepEqual(notes, []);
    assert.deepEqual(new Set(writes), new Set(["setAlarm"]));
  });

  test("a client that is silent is closed with a ping timeout, asleep or not", async () => {
    const object = await make("Short");
    const query = "EIO=4&transport=websocket";
    const silent = new WebSocket(
      `${object.url.replace("http", "ws")}${object.prefix}/socket.io/?${query}`,
    );
    const frames: string[] = [];
    silent.on("message", (data) => {
      frames.push(String(data));
      if (frames.length === 1) silent.send("40");
    });
    const closed = new Promise((resolve) => silent.on("close", resolve));
    await pause(300);
    await object.sleep();
    await closed;
    const [note] = await object.noted("disconnecting");
    assert.equal(note?.[2], "ping timeout");
    assert.match(String(note?.[3]), /room/);
    assert.ok(frames.includes("2"));
    // Nobody is left: no alarm, but for one that was set before.
    const alarms = async () => {
      return (await object.book()).events.filter((name) => name === "alarm").length;
    };
    await until("an end of alarms", async () => {
      const before = await alarms();
      await pause(1_500);
      return (await alarms()) === before || undefined;
    });
  });

  test("thirty idle clients cost one alarm per interval and nothing else", async () => {
    const object = await make("Short");
    const clients = await Promise.all(Array.from({ length: 30 }, () => object.connect()));
    const start = performance.now();
    const before = await object.book();
    await pause(5_000);
    const after = await object.book();
    const most = Math.floor((performance.now() - start) / 1_000) + 1;
    const events = after.events.slice(before.events.length);
    assert.deepEqual(after.notes, []);
    assert.deepEqual(new Set(events), new Set(["alarm"]));
    assert.ok(events.length <= most, `${events.length} alarms`);
    const writes = after.writes.slice(before.writes.length);
    assert.deepEqual(new Set(writes), new Set(["setAlarm"]));
    assert.ok(writes.length <= most, `${writes.length} writes`);
    assert.equal(clients.filter(({ connected }) => connected).length, 30);
  });

  if (!isLong) return;
  test("a hundred idle clients for a minute cause a wake for each heartbeat", async () => {
    const object = await make("Default");
    const clients = await Promise.all(Array.from({ length: 100 }, () => object.connect()));
    const start = performance.now();
    const before = await object.book();
    await pause(60_000);
    const after = await object.book();
    const most = Math.floor((performance.now() - start) / 25_000) + 1;
    const events = after.events.slice(before.events.length);
    assert.deepEqual(new Set(events), new Set(["alarm"]));
    assert.ok(after.constructed - before.constructed <= most, `${after.constructed} constructed`);
    assert.deepEqual(new Set(after.writes.slice(before.writes.length)), new Set(["setAlarm"]));
    assert.equal(clients.filter(({ connected }) => connected).length, 100);
  });
});
