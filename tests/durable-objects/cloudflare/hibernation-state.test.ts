/** `socket.data` in the hands of other code: what is kept of it, when, and what that costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, pause, type Sleeper, sleepers } from "./support/sleepers.ts";

const make = sleepers({ compatibilityFlags: ["nodejs_compat"] });

const call = (object: Sleeper, method: string) => object.request(`/~call/${method}`);

test("data can be returned from a method, stored and cloned, before and after a sleep", async () => {
  const object = await make("State");
  const client = await object.connect({ auth: { name: "alice" } });
  await ask(client, "set", "list", [1, { a: 2 }]);
  const expected = { name: "alice", list: [1, { a: 2 }] };
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(await call(object, "all"), [expected]);
    assert.deepEqual(await call(object, "store"), [expected, expected]);
    await object.sleep();
  }
  assert.deepEqual(await ask(client, "get"), expected);
});

test("what a method writes after an await is kept", async () => {
  const object = await make("State");
  const client = await object.connect({ auth: { name: "alice" } });
  await call(object, "learn");
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), { name: "alice", learnt: "much" });
});

test("what a timer writes is kept if it reads data anew, or sends something; else DEBUG tells of it", async () => {
  const object = await sleepers({ bindings: { DEBUG: "dormouse:socket" } })("State");
  const client = await object.connect();
  const told = /socket\.data of socket .* was changed outside of events/;
  client.emit("change later", "anew");
  await object.noted("changed", 1);
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), { late: "anew" });
  await ask(client, "change later", "answer");
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), { late: "answer" });
  assert.doesNotMatch(object.output, told);
  client.emit("change later", "silently");
  await object.noted("changed", 3);
  await ask(client, "echo", 1);
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), { late: "silently" });
  await object.logged(told);
});

for (const isPending of [false, true]) {
  const what = isPending ? "while a listener of somebody is pending" : "of many clients";
  test(`a message writes nobody's large state but its own, ${what}`, async () => {
    const object = await make("State");
    const clients = await Promise.all(Array.from({ length: 20 }, () => object.connect()));
    // More than an attachment holds: to keep it is a storage write, which can be counted.
    for (const client of clients) await ask(client, "fill", 20_000);
    const [first] = clients as [(typeof clients)[0], ...typeof clients];
    if (isPending) first.emit("wait for ever");
    for (const client of clients) await ask(client, "look");
    await pause(50);
    const before = (await object.book()).writes.length;
    for (const client of clients) {
      await ask(client, "look");
      await ask(client, "echo", 1);
    }
    await pause(50);
    const read = (await object.book()).writes;
    assert.deepEqual(read.slice(before), []);
    await ask(first, "set", "more", 1);
    await pause(50);
    const { writes } = await object.book();
    assert.equal(writes.length - read.length, 1, String(writes.slice(read.length)));
  });
}

for (const count of [2, 60]) {
  test(`what one client's event sets on the sockets of others, and around them, is kept: ${count} clients`, async () => {
    const object = await make("Marking");
    const clients = await Promise.all(Array.from({ length: count }, () => object.connect()));
    const [first, last] = [clients[0], clients.at(-1)] as [
      (typeof clients)[0],
      (typeof clients)[0],
    ];
    await ask(last, "mark others");
    // None of the others has an event in between. The sleep waits until everything was looked at.
    await object.sleep();
    assert.deepEqual(await ask(first, "marks"), Array(4).fill("marked"));
    // Once more, of sockets that were made again only for that.
    await object.sleep();
    assert.deepEqual(await ask(first, "marks"), Array(4).fill("marked"));
  });
}

test("reading large state after a wake writes nothing", async () => {
  const object = await make("State");
  const client = await object.connect();
  await ask(client, "fill", 20_000);
  const { writes } = await object.book();
  await object.sleep();
  assert.equal(await ask(client, "look"), 1);
  assert.deepEqual((await object.book()).writes, writes);
});

test("what a client has nested deeper than the platform clones is told of, and costs nothing else", async () => {
  const object = await make("State");
  const [client, other] = [
    await object.connect({ auth: { name: "alice" } }),
    await object.connect(),
  ];
  for (const [key, depth] of Object.entries({ deep: 1_000, deeper: 3_000, deepest: 7_000 })) {
    await ask(client, "set json", key, "[".repeat(depth) + "]".repeat(depth));
  }
  await ask(client, "set", "name", "bob");
  await object.sleep();
  assert.equal(await ask(other, "echo", 1), 1);
  assert.equal(await ask(client, "name"), "bob");
  assert.doesNotMatch(object.output, /cannot be kept; it ends/);
});

test("what is larger than anything that keeps it is told of once, and is kept as soon as it is smaller", async () => {
  const object = await make("State");
  const client = await object.connect();
  const before = object.output.length;
  await ask(client, "fill", 12_000_000);
  for (let round = 0; round < 5; round++) {
    await ask(client, "set", "round", round);
    await pause(30);
  }
  await ask(client, "fill", 10);
  await pause(200);
  const told = object.output.slice(before).match(/cannot be kept; it ends/g);
  assert.equal(told?.length, 1);
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), {
    round: 4,
    state: { text: "x".repeat(10), list: [1] },
  });
});

test("a Buffer in data is one after a sleep, also inside", async () => {
  const object = await make("State");
  const client = await object.connect();
  await ask(client, "picture");
  for (let round = 0; round < 2; round++) {
    await object.sleep();
    assert.equal(await ask(client, "show"), "a picture");
  }
});

test("an instance of a class comes back without its class, where sleep is asked for at any price", async () => {
  const object = await make("State");
  const client = await object.connect({ auth: { name: "alice" } });
  assert.equal(await ask(client, "open account"), true);
  await object.sleep();
  const data = await ask(client, "get");
  assert.deepEqual(data, { name: "alice", account: { owner: "alice" } });
});
