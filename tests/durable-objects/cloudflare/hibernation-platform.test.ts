/** What an object shares with the application and the platform: acks, alarms, WebSockets, crashes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { ask, event, pause, record, sleepers, until } from "./support/sleepers.ts";

const make = sleepers();
const makeTalkative = sleepers({ bindings: { DEBUG: "dormouse:*" } });

test("acks: once the answer is there, the object may sleep", async () => {
  // It would stay awake for half a minute, and an eviction waits no longer than that.
  const object = await make("Default");
  const client = await object.connect();
  const question = event(client, "question");
  client.emit("ask");
  const [answer] = (await question) as [(value: string) => void];
  answer("42");
  assert.deepEqual(await object.noted("answer"), [["answer", "42"]]);
  await object.sleep();
  assert.equal(await ask(client, "echo", 1), 1);
  assert.equal((await object.book()).constructed, 2);
});

test("acks: after ackKeepAlive the callback is given up, with a warning", async () => {
  const object = await make("Asking");
  const client = await object.connect();
  const question = event(client, "question");
  client.emit("ask");
  const [answer] = (await question) as [(value: string) => void];
  // It stays awake that long, and no longer: the eviction waits for it.
  await object.sleep();
  await until("a warning", async () => {
    return object.output.includes(`socket ${client.id}: 1 acknowledgement`) || undefined;
  });
  answer("late");
  const [note] = await until("an answer", async () => {
    const another = event(client, "question");
    client.emit("ask");
    ((await another)[0] as (value: string) => void)("in time");
    const { notes } = await object.book();
    return notes.some(([what]) => what === "answer") ? notes : undefined;
  });
  assert.deepEqual(note, ["answer", "in time"]);
});

test("acks: timeouts, promises and broadcasts work after a sleep", async () => {
  const object = await make("Asking");
  const [first, second] = [await object.connect(), await object.connect()];
  for (const [index, client] of [first, second].entries())
    client.on("question", (ack) => ack(index));
  await object.sleep();
  first.emit("ask in time");
  assert.deepEqual(await object.noted("answer in time"), [["answer in time", null, 0]]);
  second.emit("promise");
  assert.deepEqual(await object.noted("promised"), [["promised", 1]]);
  await object.sleep();
  first.emit("ask everyone");
  const [[, answers]] = (await object.noted("answers")) as [[string, number[]]];
  assert.deepEqual(answers.toSorted(), [0, 1]);
});

test("acks: a client that leaves lets the object sleep", async () => {
  const object = await make("Default");
  const [client, other] = [await object.connect(), await object.connect()];
  const question = event(client, "question");
  client.emit("ask");
  await question;
  client.disconnect();
  await object.noted("disconnect");
  await object.sleep();
  assert.equal(await ask(other, "echo", 1), 1);
  assert.equal((await object.book()).constructed, 2);
});

test("WebSockets of a subclass are its own, before and after a sleep", async () => {
  const object = await make("Mixed");
  const client = await object.connect();
  const own = new WebSocket(`${object.url.replace("http", "ws")}${object.prefix}/own`);
  await once(own, "open");
  const talk = async (text: string) => {
    own.send(text);
    return String((await once(own, "message"))[0]);
  };
  assert.equal(await talk("1"), "own 1");
  await object.sleep();
  assert.equal(await talk("2"), "own 2");
  assert.equal(await ask(client, "echo", "ours"), "ours");
  own.close(4000, "done");
  assert.deepEqual(await object.noted("own close"), [["own close", 4000, "done"]]);
  const { notes } = await object.book();
  const messages = notes.filter(([what]) => what === "own message");
  assert.deepEqual(messages, [
    ["own message", "1"],
    ["own message", "2"],
  ]);
});

test('"3" reaches WebSockets of a subclass, and wakes nobody once they are gone', async () => {
  const object = await make("Mixed");
  const client = await object.connect();
  const open = async () => {
    const own = new WebSocket(`${object.url.replace("http", "ws")}${object.prefix}/own`);
    await once(own, "open");
    return own;
  };
  const talk = async (own: WebSocket) => {
    own.send("3");
    return String((await once(own, "message", { signal: AbortSignal.timeout(60_000) }))[0]);
  };
  const [first, second] = [await open(), await open()];
  assert.deepEqual([await talk(first), await talk(second)], ["own 3", "own 3"]);
  first.close();
  await object.noted("own close");
  await object.sleep();
  assert.equal(await talk(second), "own 3");
  // Pongs are messages meanwhile, and count.
  await pause(5_000);
  assert.equal(client.connected, true);
  second.close();
  await object.noted("own close", 2);
  await pause(100);
  const before = (await object.book()).events.length;
  for (let round = 0; round < 3; round++) {
    await pause(1_000);
    await object.sleep();
  }
  const events = new Set((await object.book()).events.slice(before));
  assert.deepEqual(events, new Set(["alarm"]));
  assert.equal(await ask(client, "echo", 1), 1);
});

test("an automatic answer of a subclass goes before ours, and nobody is lost", async () => {
  const object = await make("Mixed");
  const client = await object.connect();
  assert.deepEqual(await object.request("/auto-response/get"), null);
  assert.deepEqual(await object.request("/auto-response/set"), ["ping", "pong"]);
  await object.sleep();
  assert.deepEqual(await object.request("/auto-response/get"), ["ping", "pong"]);
  await pause(5_000);
  assert.equal(await ask(client, "echo", 1), 1);
  assert.deepEqual(await object.request("/auto-response/unset"), null);
});

test("the application's alarm beside ours: it comes once, when it is due", async () => {
  const object = await make("Mixed");
  const client = await object.connect();
  const wanted = await object.request("/alarm/set?in=2500");
  assert.equal(await object.request("/alarm/get"), wanted);
  await object.sleep();
  assert.equal(await object.request("/alarm/get"), wanted);
  // Heartbeats are due meanwhile, and are none of the application's.
  const [[, alarm, rangAt]] = (await object.noted("own alarm")) as [[string, null, number]];
  assert.equal(alarm, null);
  assert.ok(rangAt >= (wanted as number), `${(wanted as number) - rangAt} ms too early`);
  assert.equal(await object.request("/alarm/get"), null);
  await pause(1_200);
  assert.equal((await object.book()).notes.length, 1);
  assert.equal(await ask(client, "echo", 1), 1);
});

test("the application's alarm without clients; deleted; failing and tried again", async () => {
  const [deleted, failing] = [await make("Mixed"), await make("Mixed", "-fails")];
  // Less than the platform takes to try again.
  await deleted.request("/alarm/set?in=1500");
  assert.equal(await deleted.request("/alarm/delete"), null);
  await failing.request("/alarm/set?in=50");
  await failing.noted("own alarm", 2);
  assert.deepEqual((await deleted.book()).notes, []);
});

test("an alarm that comes twice, or for nothing, does no harm", async () => {
  const object = await make("Mixed");
  const client = await object.connect();
  const wanted = await object.request("/alarm/set?in=60000");
  for (let round = 0; round < 3; round++) await object.request("/alarm/twice");
  assert.deepEqual((await object.book()).notes, []);
  assert.equal(await object.request("/alarm/get"), wanted);
  assert.equal(await ask(client, "echo", 1), 1);
});

test("heartbeats go on when the storage cannot be read", async () => {
  const object = await make("Mixed");
  await object.request("/storage-fails");
  const client = await object.connect();
  // Without heartbeats the client would leave after three seconds and a half.
  await pause(5_000);
  assert.equal(await ask(client, "echo", 1), 1);
  await object.logged(/alarm: Error: the storage is on fire/);
});

test("after a restart clients come back, and nothing of the old sessions is there", async () => {
  const object = await make("Everyday");
  const client = await object.connect({ reconnection: true, reconnectionDelay: 20 });
  await ask(client, "join", "room");
  const { id } = client;
  const again = event(client, "connect");
  await object.restart();
  await again;
  assert.notEqual(client.id, id);
  const { sockets, rooms } = await ask(client, "look");
  assert.deepEqual(sockets, [client.id]);
  assert.deepEqual(Object.keys(rooms).sort(), ["all", client.id].sort());
});

test("an exception in a listener is reported with the socket, and disturbs nobody", async () => {
  const object = await make("Everyday");
  const [client, other] = [await object.connect(), await object.connect()];
  const { id } = client;
  await object.sleep();
  client.emit("crash");
  assert.equal((await ask(client, "describe")).id, client.id);
  assert.equal((await ask(other, "describe")).id, other.id);
  await object.logged(new RegExp(`event of socket ${id} in /:.*a listener's fault`, "s"));
});

test("a trap of the core: connections go on from their last snapshots", async () => {
  const object = await sleepers()("Broken");
  const [first, second] = [await object.connect(), await object.connect()];
  const clients = [first, second];
  const ids = clients.map(({ id }) => id);
  await object.sleep();
  // So many do not fit into its attachment: of two more the second is kept a little later.
  const rooms = Array.from({ length: 1_000 }, (_, index) => `a room with a long name ${index}`);
  await Promise.all(rooms.map((room) => ask(first, "join", room)));
  await object.request("/pause");
  for (const room of ["one more", "another"]) await ask(first, "join", room);
  await object.request("/pause");
  await object.request("/trap");
  const events = clients.map(record);
  first.emit("say", "lost with the core");
  assert.equal(await ask(first, "rooms"), 1_004);
  const said = event(second, "said");
  first.emit("say", "hi");
  assert.deepEqual(await said, ["hi"]);
  assert.deepEqual(
    clients.map(({ id, connected }) => [id, connected]),
    ids.map((id) => [id, true]),
  );
  assert.deepEqual(events, [[], [["said", "hi"]]]);
  await object.logged(/core/);
  second.disconnect();
  const [note] = await object.noted("disconnect");
  assert.deepEqual(note?.slice(1, 3), [ids[1], "client namespace disconnect"]);
});

test("a trap of the core closes only what cannot be restored", async () => {
  const object = await sleepers()("Broken");
  const [victim, other] = [await object.connect(), await object.connect()];
  await object.request("/garbage?index=0");
  await object.request("/trap");
  const ends = event(victim, "disconnect");
  other.emit("say", "lost with the core");
  await ends;
  assert.equal(await ask(other, "echo", 1), 1);
  const [note] = await object.noted("disconnect");
  assert.equal(note?.[2], "transport error");
});

test("DEBUG shows the wake: connections, bytes, time", async () => {
  const object = await makeTalkative("Everyday");
  const [first] = [await object.connect(), await object.connect()];
  await object.sleep();
  await ask(first, "describe");
  // By then nothing of the wake is under way.
  await ask(first, "describe");
  await object.logged(/dormouse:host .*wake: 1 connections, \d+ bytes.*, [\d.]+ ms/);
  await object.logged(/dormouse:host .*may sleep/);
});
