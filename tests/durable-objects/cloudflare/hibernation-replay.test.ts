/** Connection listeners that run again after a sleep: what they register, and what is dropped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "socket.io-client";
import { ask, event, record, sleepers, until } from "./support/sleepers.ts";

const make = sleepers();

test("emits, broadcasts, joins and leaves, writes to data are dropped; listeners are there", async () => {
  const object = await make("Everyday");
  const client = await object.connect();
  const other = await object.connect();
  await ask(client, "join", "lobby");
  await ask(client, "leave", "all");
  await ask(other, "describe");
  const events = [record(client), record(other)];
  await object.sleep();
  const { data, rooms, restored } = await ask(client, "describe");
  await ask(other, "describe");
  assert.deepEqual(events, [[], []]);
  assert.deepEqual(data, { middlewares: 1, connections: 1, nested: { list: [1] } });
  assert.deepEqual(rooms, [client.id, "lobby"].sort());
  assert.equal(restored, true);
});

test("middlewares do not run again", async () => {
  const object = await make("Everyday");
  const client = await object.connect();
  await object.sleep();
  await ask(client, "describe");
  const { notes } = await object.book();
  assert.deepEqual(notes, [["middleware"], ["connection", false], ["connection", true]]);
});

test("data stays the same object for the closures of the listeners", async () => {
  const object = await make("Everyday");
  const client = await object.connect();
  await ask(client, "push");
  await object.sleep();
  assert.equal(await ask(client, "push"), 3);
  assert.deepEqual((await ask(client, "describe")).data.nested.list, [1, 2, 3]);
  await object.sleep();
  assert.deepEqual((await ask(client, "describe")).data.nested.list, [1, 2, 3]);
});

test("what the application set on the socket survives; functions are made anew", async () => {
  const object = await make("Everyday");
  const client = await object.connect({ auth: { name: "alice" } });
  await object.sleep();
  assert.equal((await ask(client, "describe")).nickname, "nick of alice");
  await ask(client, "name", "bob");
  await object.sleep();
  const { nickname, greeting } = await ask(client, "describe");
  assert.deepEqual([nickname, greeting], ["bob", "hello bob"]);
});

test("an asynchronous listener: what it does after its awaits is dropped, too", async () => {
  const object = await make("Slow");
  const client = await object.connect({ auth: { leaves: "left" } });
  await object.noted("settled");
  const before = await ask(client, "late");
  const seen = record(client);
  await object.sleep();
  const after = await ask(client, "late");
  assert.deepEqual(after, { ...before, restored: true });
  assert.deepEqual(seen, []);
  assert.deepEqual(after.data, { loads: 1 });
  await object.sleep();
  assert.equal((await ask(client, "late")).data.loads, 1);
});

test("its events wait for it in their order, others' do not", async () => {
  const object = await make("Slow");
  const [client, other] = [await object.connect(), await object.connect()];
  await object.noted("settled", 2);
  await ask(other, "early");
  await object.sleep();
  const answers: string[] = [];
  const late = ask(client, "late").then(() => answers.push("late"));
  const early = ask(client, "early").then(() => answers.push("early"));
  await Promise.all([late, early, ask(other, "early")]);
  assert.deepEqual(answers, ["late", "early"]);
});

/** The client's connection is closed; it comes back, to a listener that has run for real. */
async function comesBack(client: Socket): Promise<void> {
  const closed = event(client, "disconnect");
  const connected = event(client, "connect");
  client.emit("wakes");
  const [reason, details] = (await closed) as [string, { context?: { code: number } }];
  assert.equal(reason, "transport close");
  assert.equal(details.context?.code, 1012);
  await connected;
}

test("a listener that disconnects its socket in a replay: the client comes back, and is heard", async () => {
  const object = await make("Slow");
  const client = await object.connect({ reconnection: true, auth: { disconnects: true } });
  await object.noted("settled");
  await object.sleep();
  await comesBack(client);
  await object.noted("settled", 3);
  assert.equal((await ask(client, "late")).restored, false);
  await object.logged(/disconnected its socket/);
});

test("a close that wakes the object waits for an asynchronous listener", async () => {
  const object = await make("Slow");
  const client = await object.connect();
  await object.noted("settled");
  const { id } = client;
  await object.sleep();
  client.io.engine.close();
  const [note] = await object.noted("disconnecting");
  assert.deepEqual(note, [
    "disconnecting",
    id,
    "transport close",
    [id, "late"].sort(),
    { loads: 1 },
  ]);
  await object.noted("disconnect");
});

test("who is disconnected behind a replay may come back at once, and keeps the rest", async () => {
  const object = await make("Kicking");
  const client = await object.connect();
  const beside = client.io.socket("/other");
  await event(beside, "connect");
  await ask(client, "set", "name", "alice");
  const { id } = client;
  await object.sleep();
  // As most clients do: whoever is turned out connects again.
  client.once("disconnect", () => client.connect());
  const [ends, again] = [event(client, "disconnect"), event(client, "connect")];
  // An event that waits for the replay, then the end behind it.
  client.emit("set", "late", true, () => {});
  beside.emit("kick", id);
  assert.equal((await ends)[0], "io server disconnect");
  await again;
  const [newId, data] = await ask(client, "get");
  assert.notEqual(newId, id);
  assert.equal(newId, client.id);
  assert.deepEqual(data, {});
  assert.equal(await ask(beside, "echo", 1), 1);
  const [end] = await object.noted("disconnect");
  assert.deepEqual(end?.slice(0, 3), ["disconnect", id, "server namespace disconnect"]);
  assert.deepEqual((end as unknown[])[4], { name: "alice", late: true });
  // The new one sleeps and wakes like any other.
  await ask(client, "set", "name", "bob");
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), [newId, { name: "bob" }]);
});

test("a listener that never settles is not waited for longer than the bound", async () => {
  const object = await make("Stuck");
  const root = await object.connect();
  const stuck = root.io.socket("/stuck");
  await event(stuck, "connect");
  const loop = await object.connect({ namespace: "/loop" });
  await object.sleep();
  const heard = ask(loop, "heard");
  const start = performance.now();
  const answer = ask(stuck, "registered").then((value) => [value, performance.now() - start]);
  // The client's other socket goes on meanwhile.
  assert.equal(await ask(root, "ping"), "pong");
  const other = performance.now() - start;
  const [value, time] = (await answer) as [string, number];
  assert.equal(value, "in time");
  assert.ok(other < time, `${other} ms, ${time} ms`);
  await object.logged(/have not settled within 5000 ms/);
  // A loop that never ends is heard again: what it does now has not happened before.
  assert.equal(await heard, 1);
  const news = event(loop, "news");
  await ask(loop, "publish");
  await news;
  assert.equal(await ask(loop, "heard"), 2);
});

test("what a replay does to others is dropped, by whichever way", async () => {
  const object = await make("Meddling");
  const [client, other] = [await object.connect(), await object.connect()];
  const before = [await ask(client, "get"), await ask(other, "get")];
  assert.deepEqual(before, [{ seen: 2 }, { seen: 1 }]);
  const events = [record(client), record(other)];
  for (let round = 0; round < 2; round++) {
    await object.sleep();
    const after = await Promise.all([ask(client, "get"), ask(other, "get")]);
    assert.deepEqual(after, before);
  }
  assert.deepEqual(events, [[], []]);
  assert.deepEqual([client.connected, other.connected], [true, true]);
});

test("a client that sends more than may wait for its listeners is closed", async () => {
  const object = await make("Meddling");
  const [client, other] = [await object.connect(), await object.connect()];
  await ask(client, "get");
  await object.sleep();
  const closed = event(client, "disconnect");
  for (let i = 0; i < 8; i++) client.emit("big", "x".repeat(200_000));
  const told = /more events came than may wait for the connection listeners/;
  await until("a report", async () => told.test(object.output) || undefined);
  // Local workerd may end a connection that the object has closed only when the object sleeps.
  await object.sleep();
  const [reason, details] = (await closed) as [string, { context?: { code: number } }];
  assert.equal(reason, "transport close");
  assert.equal(details.context?.code, 1013);
  assert.deepEqual(await ask(other, "get"), { seen: 1 });
});

test("a listener that throws in a replay: the client comes back, and all of it is registered", async () => {
  const object = await make("Stuck");
  const client = await object.connect({ reconnection: true, namespace: "/throws" });
  const { id } = client;
  await object.sleep();
  await comesBack(client);
  assert.equal(await ask(client, "before"), "registered before");
  assert.equal(await ask(client, "after"), "registered after");
  const line = new RegExp(`/throws, socket ${id}.*its client is closed.*thrown in replay`, "s");
  await object.logged(line);
});

test("an emit that expects an acknowledgement is sent again", async () => {
  const object = await make("Stuck");
  const client = object.client({ namespace: "/asks" });
  let asked = 0;
  client.on("your name?", (answer) => answer(`alice ${++asked}`));
  await object.noted("name");
  await object.sleep();
  assert.equal(await ask(client, "name"), "alice 2");
});

for (const [flag, isRepeated] of [
  [[], true],
  [["nodejs_als"], false],
  [["nodejs_compat"], false],
] as const) {
  const makeOther = sleepers({ compatibilityFlags: [...flag] });
  const what = isRepeated ? "ends at the first await, and says so once" : "lasts beyond awaits";
  test(`with the compatibility flags [${flag}], dropping ${what}`, async () => {
    const object = await makeOther("Slow");
    const clients = [await object.connect(), await object.connect()];
    await object.noted("settled", 2);
    // What was sent before has arrived when the answer has.
    for (const client of clients) await ask(client, "early");
    const seen = clients.map(record);
    await object.sleep();
    for (const client of clients) await ask(client, "late");
    const names = seen[0]?.map(([name]) => name).filter((name) => name === "late welcome");
    assert.deepEqual(names, isRepeated ? ["late welcome"] : []);
    const warnings = object.output.match(/compatibility flag nodejs_als/g) ?? [];
    assert.equal(warnings.length, isRepeated ? 1 : 0);
  });
}
