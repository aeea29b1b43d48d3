/** What is there after a wake: everything, as if the object had never slept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, event, record, sleepers } from "./support/sleepers.ts";

const make = sleepers();

test("the event that wakes reaches the same socket: id, rooms, data, handshake", async () => {
  const object = await make("Everyday");
  const client = await object.connect({ auth: { name: "alice" }, query: { q: "1" } });
  await ask(client, "join", "room");
  await ask(client, "set", "key", { deep: [1, new Date(0).toISOString()] });
  const before = await ask(client, "describe");
  await object.sleep();
  const after = await ask(client, "describe");
  assert.deepEqual(after, { ...before, restored: true });
  assert.equal(after.id, client.id);
  assert.deepEqual(after.rooms, ["all", "room", client.id].sort());
  assert.equal(after.handshake.query.q, "1");
  assert.deepEqual(after.handshake.auth, { name: "alice" });
  assert.equal((await object.book()).constructed, 2);
});

test("rooms and broadcasts work for sockets that nothing has touched since the wake", async () => {
  const object = await make("Everyday");
  const [speaker, member, other] = [
    await object.connect(),
    await object.connect(),
    await object.connect(),
  ];
  await ask(member, "join", "room");
  await ask(other, "describe");
  await object.sleep();
  const heard = record(other);
  const said = event(member, "said");
  speaker.emit("say", "room", "hi");
  assert.deepEqual(await said, ["hi"]);
  await ask(other, "describe");
  assert.deepEqual(heard, []);
});

test("io.sockets.sockets, fetchSockets, adapter.rooms and adapter.sids", async () => {
  const object = await make("Everyday");
  const [client, other] = [await object.connect(), await object.connect()];
  await ask(client, "join", "first");
  await ask(other, "set", "name", "second");
  const before = await ask(client, "look");
  await object.sleep();
  const after = await ask(client, "look");
  const byId = (look: { sockets: string[]; fetched: { id: string }[] }) => ({
    ...look,
    sockets: look.sockets.toSorted(),
    fetched: look.fetched.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  });
  assert.deepEqual(Object.keys(after.rooms).sort(), Object.keys(before.rooms).sort());
  for (const room of Object.keys(before.rooms)) {
    assert.deepEqual(after.rooms[room].toSorted(), before.rooms[room].toSorted());
  }
  const { rooms: _before, ...expected } = byId(before) as never as Record<string, unknown>;
  const { rooms: _after, ...actual } = byId(after) as never as Record<string, unknown>;
  assert.deepEqual(actual, expected);
});

for (const [how, close, reason] of [
  ["the client leaves the namespace", false, "client namespace disconnect"],
  ["the client closes the connection", true, "transport close"],
] as const) {
  test(`a close that wakes the object: ${how}`, async () => {
    const object = await make("Everyday");
    const client = await object.connect();
    const { id } = client;
    await ask(client, "join", "room");
    await ask(client, "set", "key", "value");
    await object.sleep();
    if (close) client.io.engine.close();
    else client.disconnect();
    const [disconnecting] = await object.noted("disconnecting");
    const [disconnect] = await object.noted("disconnect");
    const { connections, key } = (disconnecting?.[4] ?? {}) as Record<string, unknown>;
    assert.deepEqual(disconnecting?.slice(1, 4), [id, reason, ["all", "room", id].sort()]);
    assert.deepEqual({ connections, key }, { connections: 1, key: "value" });
    assert.deepEqual(disconnect?.slice(1, 4), [id, reason, []]);
    assert.equal((await object.book()).constructed, 2);
  });
}

test("a socket that is closed by the server while another wakes it", async () => {
  const object = await make("Everyday");
  const [judge, culprit] = [await object.connect(), await object.connect()];
  await object.sleep();
  const gone = event(culprit, "disconnect");
  const { id } = culprit;
  await ask(judge, "kick", id, true);
  assert.equal((await gone)[0], "io server disconnect");
  const [note] = await object.noted("disconnect");
  assert.deepEqual(note?.slice(1, 3), [id, "server namespace disconnect"]);
  // Still listed by the platform perhaps, but over.
  await object.sleep();
  const { sockets } = await ask(judge, "look");
  assert.deepEqual(sockets, [judge.id]);
});

test("a client in several namespaces, over several sleeps", async () => {
  const object = await make("Stuck");
  const root = await object.connect();
  const other = root.io.socket("/other");
  await event(other, "connect");
  for (let round = 0; round < 3; round++) {
    await object.sleep();
    assert.equal(await ask(root, "ping"), "pong");
    await object.sleep();
    assert.equal(await ask(other, "registered"), "again");
  }
  assert.equal((await object.book()).constructed, 7);
});

test("a binary packet whose halves are parted by a sleep", async () => {
  const object = await make("Everyday");
  const client = await object.connect();
  const { engine } = client.io;
  const picture = event(client, "picture");
  engine.write('451-["picture",{"_placeholder":true,"num":0}]'.slice(1));
  await ask(await object.connect(), "describe");
  await object.sleep();
  engine.write(new Uint8Array([1, 2, 3]) as never);
  assert.deepEqual(new Uint8Array((await picture)[0] as Buffer), new Uint8Array([1, 2, 3]));
});

test("dynamic namespaces come back under the parent that made them", async () => {
  const object = await make("Dynamic");
  const root = await object.connect();
  const regex = await object.connect({ namespace: "/regex-1" });
  const made = await object.connect({ namespace: "/function-1", auth: { token: "t" } });
  await object.sleep();
  const heard = [event(regex, "announced"), event(made, "announced")];
  root.emit("announce", "to the function's");
  assert.deepEqual(await heard[1], ["to the function's"]);
  await object.sleep();
  root.emit("announce to", "/regex-1", "to the pattern's");
  assert.deepEqual(await heard[0], ["to the pattern's"]);
  await object.sleep();
  assert.equal(await ask(regex, "kind"), "regex");
  assert.equal(await ask(made, "kind"), "function");
  const asked = (await object.book()).notes.filter(([what]) => what === "asked");
  assert.deepEqual(asked, [["asked", "/function-1"]]);
});

test("a client of Socket.IO v2 notices nothing", async () => {
  const object = await make("Protocol3");
  const client = await object.connect2();
  const describe = () => {
    return new Promise<{ id: string }>((resolve) => client.emit("describe", resolve));
  };
  const before = await describe();
  await object.sleep();
  assert.deepEqual(await describe(), { ...before, restored: true });
  client.close();
  const [note] = await object.noted("disconnect");
  assert.equal(note?.[1], before.id);
});
