/** Where the state is while the object sleeps: attachments, and storage for what does not fit. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { WebSocket } from "ws";
import { ask, event, pause, record, type Sleeper, sleepers, until } from "./support/sleepers.ts";

const make = sleepers();

const stored = (object: Sleeper) => object.request("/keys");

test("connect, message, join, leave, ack and disconnect write nothing but the alarm", async () => {
  const object = await make("Everyday");
  const [client, other] = [await object.connect(), await object.connect()];
  await object.armed();
  const action = async (name: string, act: () => Promise<unknown>) => {
    const before = (await object.book()).writes.length;
    await act();
    await pause(30);
    const { writes } = await object.book();
    assert.deepEqual(writes.slice(before), [], name);
  };
  await action("message", () => ask(client, "describe"));
  await action("join", () => ask(client, "join", "room"));
  await action("leave", () => ask(client, "leave", "room"));
  await action("data", () => ask(client, "set", "key", "value"));
  await action("picture", () => ask(client, "picture", new Uint8Array(1000)));
  await action("sleep", () => object.sleep());
  await action("wake", () => ask(client, "describe"));
  await action("connect", async () => (await object.connect()).disconnect());
  await action("disconnect", async () => {
    const { id } = other;
    other.disconnect();
    await object.noted("disconnect", 2);
    assert.ok(id);
  });
  const { writes } = await object.book();
  assert.deepEqual(new Set(writes), new Set(["setAlarm"]));
  assert.ok(writes.length <= 2, `${writes.length} alarms`);
});

test("data that a listener changes after an await is kept", async () => {
  const object = await make("Data");
  const client = await object.connect();
  await ask(client, "later");
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), { user: { visits: 1 } });
  await ask(client, "later");
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), { user: { visits: 2 } });
});

test("what middlewares set on the socket after an await is kept", async () => {
  const object = await make("Data");
  const client = await object.connect({ namespace: "/marks" });
  // The sleep waits until the middlewares have settled.
  await object.sleep();
  assert.deepEqual(await ask(client, "marks"), ["io.use", null]);
  await object.sleep();
  assert.deepEqual(await ask(client, "marks"), ["io.use", "socket.use"]);
});

test("what cannot be cloned is told of once, by names; the rest is kept", async () => {
  const object = await make("Data");
  const client = await object.connect();
  await ask(client, "set function");
  await ask(client, "set function");
  const told = `socket.data.callback of socket ${client.id} in / cannot be cloned`;
  assert.equal(object.output.split(told).length, 2, object.output);
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), { kept: 1 });
});

test("new data as a whole is refused at once, if it cannot be cloned", async () => {
  const object = await make("Data");
  const client = await object.connect();
  assert.ok((await ask(client, "replace")).includes("socket.data.bad of socket"));
  assert.deepEqual(await ask(client, "get"), {});
});

test("what cannot be cloned further inside is told of, and costs nothing else", async () => {
  const object = await make("Data");
  const client = await object.connect();
  await ask(client, "join", "room");
  await ask(client, "set deep");
  await object.logged(/socket\.data\.deep of socket .* cannot be cloned/);
  await object.sleep();
  assert.deepEqual(await ask(client, "get"), {});
  assert.equal(await ask(client, "rooms"), 2);
});

test("properties that cannot be kept are told of once, under DEBUG", async () => {
  const object = await sleepers({ bindings: { DEBUG: "dormouse:socket" } })("Data");
  const client = await object.connect();
  await ask(client, "tool");
  await ask(client, "tool");
  await ask(await object.connect(), "tool");
  assert.equal(object.output.match(/socket\.tool of socket .* is not kept/g)?.length, 1);
  assert.doesNotMatch(object.output, /TypeError/);
});

test("a copy of the data can be cloned", async () => {
  const object = await make("Data");
  const client = await object.connect();
  await ask(client, "later");
  assert.deepEqual(await ask(client, "clone"), { user: { visits: 1 } });
});

test("a large snapshot spills into the storage, comes back, and is deleted with the socket", async () => {
  const object = await make("Broken");
  const client = await object.connect();
  await ask(client, "fill", 15_000);
  assert.deepEqual(await stored(object), []);
  await ask(client, "fill", 100_000);
  assert.equal(((await stored(object)) as string[]).length, 1);
  await object.sleep();
  const other = await object.connect();
  const said = event(client, "said");
  other.emit("say", "hi");
  await said;
  assert.equal(await ask(client, "echo", "back"), "back");
  await object.sleep();
  client.disconnect();
  await object.noted("disconnect");
  assert.deepEqual(await stored(object), []);
});

/** How many rows a client costs by sending this event again and again, how many attachments; what the time allows. */
async function countRows(object: Sleeper, client: ClientSocket, event: string, values: unknown[]) {
  const before = await object.book();
  const start = performance.now();
  await Promise.all(values.map((value) => client.emitWithAck(event, value)));
  const allowed = (performance.now() - start) / 100 + 2;
  await pause(250);
  const { writes, attachments } = await object.book();
  // What the server counts of itself is kept beside the snapshot, as often.
  const allowedAttachments = (2 * (performance.now() - start)) / 100 + 4;
  return {
    allowedAttachments,
    rows: writes.length - before.writes.length,
    attachments: attachments.length - before.attachments.length,
    allowed,
  };
}

test("what has spilled is written as often as the time allows, not as often as its client changes it", async () => {
  const object = await make("Broken");
  const [client, other] = [await object.connect(), await object.connect()];
  await ask(client, "fill", 20_000);
  const sizes = Array.from({ length: 200 }, (_, index) => 20_000 + index);
  const data = await countRows(object, client, "fill", sizes);
  assert.ok(data.rows > 0 && data.rows <= data.allowed, JSON.stringify(data));
  const rooms = Array.from({ length: 1_500 }, (_, index) => `a room with a name ${index}`);
  await ask(other, "join", "first");
  await Promise.all(rooms.slice(0, 1_000).map((room) => other.emitWithAck("join", room)));
  const core = await countRows(object, other, "join", rooms.slice(1_000));
  assert.ok(core.rows > 0 && core.rows <= core.allowed, JSON.stringify(core));
  await object.sleep();
  assert.equal(await ask(client, "size"), 20_199);
  assert.equal(await ask(other, "rooms"), 1_503);
});

test("who is in many rooms is kept as often as the time allows, not as often as they change, and whole", async () => {
  const object = await make("Broken");
  const client = await object.connect();
  const rooms = Array.from({ length: 500 }, (_, index) => `a room ${index}`);
  const few = await countRows(object, client, "join", rooms.slice(0, 50));
  assert.ok(few.attachments >= 50, JSON.stringify(few));
  await Promise.all(rooms.slice(50, 300).map((room) => client.emitWithAck("join", room)));
  const many = await countRows(object, client, "join", rooms.slice(300, 499));
  assert.equal(many.rows, 0);
  assert.ok(many.attachments <= many.allowedAttachments, JSON.stringify(many));
  assert.ok(many.attachments > 0, JSON.stringify(many));
  await ask(client, "join", "one that comes at once");
  await ask(client, "join", "one that comes late");
  await object.sleep();
  assert.equal(await ask(client, "rooms"), 503);
  const end = event(client, "disconnect");
  // What was kept last is too old to go on with, unless a busy machine comes to keep what follows before the trap.
  let last = 0;
  await until("a trap before what changed was kept", async () => {
    await ask(client, "join", `one that is kept ${++last}`);
    await ask(client, "join", `one that is lost ${last}`);
    await object.request("/trap");
    client.emit("say", "lost with the core");
    return client.emitWithAck("echo", 1).then(
      () => undefined,
      () => true,
    );
  });
  assert.equal((await end)[0], "transport close");
});

test("what had spilled returns to the attachment when it has become small", async () => {
  const object = await make("Broken");
  const client = await object.connect();
  await ask(client, "fill", 100_000);
  await object.sleep();
  await ask(client, "fill", 10);
  assert.deepEqual(await stored(object), []);
  await object.sleep();
  assert.equal(await ask(client, "echo", "back"), "back");
});

test("only what has changed is written again", async () => {
  const object = await make("Data");
  const client = await object.connect();
  await ask(client, "fill", 50_000);
  const { writes } = await object.book();
  await ask(client, "join", "room");
  await object.sleep();
  await ask(client, "join", "another");
  assert.deepEqual((await object.book()).writes, writes);
  assert.equal((await ask(client, "get")).big.length, 50_000);
  assert.equal(await ask(client, "rooms"), 3);
});

test("more rooms than an attachment holds", async () => {
  const object = await make("Data");
  const client = await object.connect();
  await ask(client, "join many", 1_000);
  await object.sleep();
  assert.equal(await ask(client, "rooms"), 1_001);
});

test("what an aborted object leaves in the storage is deleted when it starts again", async () => {
  const object = await make("Broken");
  const client = await object.connect({ reconnection: true, reconnectionDelay: 50 });
  await ask(client, "fill", 100_000);
  assert.equal(((await stored(object)) as string[]).length, 1);
  const before = client.id;
  const again = event(client, "connect");
  await object.request("/abort").catch(() => {});
  await again;
  assert.notEqual(client.id, before);
  assert.deepEqual(await stored(object), []);
});

test("only our leftovers are deleted", async () => {
  const object = await make("Broken");
  await object.request("/litter");
  await object.sleep();
  // With the first who comes, or with whoever needs to know who is there.
  await object.connect();
  assert.deepEqual(await stored(object), ["of the application"]);
});

for (const damage of ["truncate", "newer", "newer-glue", "older", "forge", "odd", "garbage"]) {
  test(`an attachment that cannot be read closes its socket alone: ${damage}`, async () => {
    const object = await make("Broken");
    const [victim, other] = [await object.connect(), await object.connect()];
    const ends = event(victim, "disconnect");
    await object.request(`/${damage}?index=0`);
    await object.sleep();
    const events = record(other);
    assert.equal(await ask(other, "echo", 1), 1);
    // That concerned nobody else.
    assert.equal(victim.connected, true);
    assert.equal(await ask(other, "count"), 1);
    assert.equal((await ends)[0], "transport close");
    assert.equal(other.connected, true);
    assert.deepEqual(events, []);
    await object.logged(/a connection cannot be restored and is closed/);
  });
}

test("a snapshot whose spilled part is gone closes its socket alone", async () => {
  const object = await make("Broken");
  const [victim, other] = [await object.connect(), await object.connect()];
  await ask(victim, "fill", 100_000);
  await object.request("/lose");
  const ends = event(victim, "disconnect");
  await object.sleep();
  assert.equal(await ask(other, "count"), 1);
  assert.equal((await ends)[0], "transport close");
  await object.logged(/what had spilled is gone/);
});

for (const wipe of ["wipe", "delete", "delete-late", "delete-in-transaction"]) {
  test(`what had spilled is there again after the application emptied its storage: ${wipe}`, async () => {
    const object = await make("Broken");
    const [large, other] = [await object.connect(), await object.connect()];
    await ask(large, "fill", 40_000);
    await object.request(`/${wipe}`);
    await object.sleep();
    assert.equal(await ask(large, "size"), 40_000);
    // Also when it was not touched since the last wake.
    await object.request(`/${wipe}`);
    await object.sleep();
    assert.equal(await ask(other, "echo", 1), 1);
    assert.equal(await ask(large, "size"), 40_000);
    assert.equal(((await stored(object)) as string[]).length, 1);
  });
}

test("what spilled in a transaction that was rolled back is kept all the same", async () => {
  const object = await make("Broken");
  const client = await object.connect();
  await ask(client, "fill", 40_000);
  await object.sleep();
  await object.request("/fill-and-roll-back");
  await object.sleep();
  assert.equal(await ask(client, "size"), 60_000);
});

test("a storage that fails costs a large socket its sleep and nobody else anything", async () => {
  const object = await make("Broken");
  const [large, other] = [await object.connect(), await object.connect()];
  await object.request("/storage-fails");
  await ask(large, "fill", 100_000);
  assert.equal(await ask(large, "echo", 1), 1);
  await object.logged(/the storage is on fire/);
  const ends = event(large, "disconnect");
  await object.sleep();
  assert.equal(await ask(other, "count"), 1);
  assert.equal((await ends)[0], "transport close");
});

/** A client in frames, in the namespace `/`. */
async function openRaw(object: Sleeper): Promise<WebSocket> {
  const origin = object.url.replace("http", "ws");
  const raw = new WebSocket(`${origin}${object.prefix}/socket.io/?EIO=4&transport=websocket`);
  await once(raw, "message");
  raw.send("40");
  await once(raw, "message");
  return raw;
}

const TWO = '452-["two",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';

test("half a message costs no storage, however large it is", async () => {
  const object = await make("Broken");
  const raw = await openRaw(object);
  await object.armed();
  const { writes } = await object.book();
  for (let round = 1; round <= 3; round++) {
    await object.reached(2, () => {
      raw.send(TWO);
      raw.send(new Uint8Array(100_000));
    });
    await pause(50);
    raw.send(new Uint8Array(10));
    assert.deepEqual((await object.noted("two", round)).at(-1), ["two", 100_000, 10]);
  }
  await object.sleep();
  await object.reached(2, () => {
    raw.send(TWO);
    // What fits an attachment survives a sleep.
    raw.send(new Uint8Array(1_000));
  });
  await object.sleep();
  raw.send(new Uint8Array(20));
  assert.deepEqual((await object.noted("two", 4)).at(-1), ["two", 1_000, 20]);
  assert.deepEqual((await object.book()).writes, writes);
  raw.close();
});

test("half a message beside large data costs no storage either", async () => {
  const object = await make("Broken");
  const raw = await openRaw(object);
  await object.armed();
  raw.send('420["fill",40000]');
  assert.equal(String((await once(raw, "message"))[0]), "430[]");
  const { writes } = await object.book();
  await object.reached(2, () => {
    raw.send(TWO);
    raw.send(new Uint8Array(100_000));
  });
  await pause(50);
  raw.send(new Uint8Array(10));
  await object.noted("two");
  assert.deepEqual((await object.book()).writes, writes);
  await object.sleep();
  raw.send('420["size"]');
  assert.equal(String((await once(raw, "message"))[0]), "430[40000]");
  raw.close();
});

test("asleep over half a large message: that client ends properly, and nobody else", async () => {
  const object = await make("Broken");
  const [raw, other] = [await openRaw(object), await object.connect()];
  await object.reached(2, () => {
    raw.send(TWO);
    raw.send(new Uint8Array(100_000));
  });
  const closed = once(raw, "close");
  await object.sleep();
  assert.equal(await ask(other, "count"), 1);
  assert.equal((await closed)[0], 1012);
  const [note] = await object.noted("disconnect");
  assert.equal(note?.[2], "transport error");
  assert.equal(Array.isArray((await object.noted("disconnecting"))[0]?.[3]), true);
});

test("who is not let in writes nothing: large auth, many namespaces", async () => {
  const object = await make("Broken");
  const [raw, many, other] = [await openRaw(object), await openRaw(object), await object.connect()];
  await object.armed();
  const { writes } = await object.book();
  raw.send(`40/held,${JSON.stringify({ token: "x".repeat(900_000) })}`);
  for (let i = 0; i < 30; i++) many.send(`40/held-${i}${"x".repeat(500)},`);
  await object.noted("held", 31);
  assert.deepEqual((await object.book()).writes, writes);
  assert.deepEqual(await stored(object), []);
  const closed = [once(raw, "close"), once(many, "close")];
  await object.sleep();
  assert.equal(await ask(other, "count"), 1);
  for (const [code] of await Promise.all(closed)) assert.equal(code, 1012);
  // In the namespace where they had been let in, listeners hear of it.
  assert.equal((await object.noted("disconnect", 2)).length, 2);
  assert.equal((await object.noted("held", 31)).length, 31);
  assert.deepEqual(await stored(object), []);
});
