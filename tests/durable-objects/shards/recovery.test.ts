// Recovery on shards: who comes back to the shard that it was on has missed nothing that others sent meanwhile.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import * as parser from "socket.io-msgpack-parser";
import type { RunningWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";
import { moveWhileShardsEnd, storm } from "./moving.ts";
import {
  loseTo,
  loseUntilTold,
  makeServer,
  record,
  type SpreadServer,
  type Step,
  startShards,
  until,
} from "./support.ts";

let worker: RunningWorker;
let server: SpreadServer;

before(async () => {
  worker = await startShards();
});

after(() => worker.stop());
afterEach(async () => {
  await server.delay(0);
  server.close();
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 200));

test("a lost client's shard hears what it misses, though nobody is there", async () => {
  server = makeServer(worker, 3, "RECOVERING");
  const a = await server.join(0);
  const b = await server.join(1, "x");
  const c = await server.join(2);
  // From the first packet on it knows where it is.
  const first = [b, c].map((client) => next(client, "first"));
  await server.act(a, [["emit", ["first"]]]);
  await Promise.all(first);
  const { id } = b;
  const comeBack = loseUntilTold(b, 1);
  await settled();
  await server.sleep();
  const got = record({ b, c });
  await server.act(
    a,
    [
      ["to", ["x"]],
      ["emit", ["to the room"]],
    ],
    [["emit", ["to all"]]],
    [
      ["to", [id]],
      ["emit", ["to one"]],
    ],
  );
  await server.sleep();
  await server.act(a, [
    ["to", ["x"]],
    ["emit", ["again"]],
  ]);
  await server.sleep();
  await comeBack();
  assert.equal(b.recovered, true);
  assert.equal(b.id, id);
  await until(() => got.b?.length === 4);
  await settled();
  assert.deepEqual(got.b?.map(([name]) => name).sort(), [
    "again",
    "to all",
    "to one",
    "to the room",
  ]);
  assert.deepEqual(
    got.c?.map(([name]) => name),
    ["to all"],
  );
});

const say = (text: unknown, ...rooms: string[]): Step[] => [
  ...rooms.map((room): Step => ["to", [room]]),
  ["emit", ["said", text]],
];

/** What `said` was said with, in order. */
function said(got: unknown[][] | undefined): unknown[] {
  const events = (got ?? []).filter(([name]) => name === "said");
  // With an offset behind, and only one.
  for (const event of events) assert.equal(event.length, 3);
  return events.map(([, text]) => text);
}

/** All shards say something to all, to room x and to the id, in turn; returns what. */
async function sayAll(
  speakers: readonly ClientSocket[],
  when: string,
  id: string,
): Promise<string[]> {
  const texts: string[] = [];
  for (const [shard, speaker] of speakers.entries()) {
    const [all, room, one] = ["all", "x", "id"].map((to) => `${when}: ${shard} to ${to}`);
    await server.act(speaker, say(all), say(room, "x"), say(one, id));
    texts.push(all ?? "", room ?? "", one ?? "");
  }
  return texts;
}

/** A client on each shard, whose server code speaks. */
async function speakersOf(at: SpreadServer): Promise<[ClientSocket, ClientSocket, ClientSocket]> {
  return [await at.join(0), await at.join(1), await at.join(2)];
}

test("a lost client comes back to any shard, and again, awake and asleep", async () => {
  server = makeServer(worker, 3, "RECOVERING");
  const speakers = await speakersOf(server);
  const client = await server.join(1, "x");
  const id = client.id ?? "";
  const got = record({ client });
  const due = await sayAll(speakers, "at first", id);
  await settled();
  for (const [times, shard] of [2, 0, 1, 2].entries()) {
    const back = loseTo(client, shard, 300);
    await settled();
    if (times < 3) due.push(...(await sayAll(speakers, `while lost ${times}`, id)));
    if (times < 2) await server.sleep();
    await back;
    assert.equal(client.recovered, true, `${times}`);
    assert.equal(client.id, id);
    due.push(...(await sayAll(speakers, `on ${shard}`, id)));
    await until(() => said(got.client).length >= due.length);
    await settled();
    assert.deepEqual(said(got.client).toSorted(), due.toSorted());
  }
  const [found] = (await server.act(speakers[0], [
    ["in", [id]],
    ["fetchSockets", []],
  ])) as [{ id: string; rooms: string[]; shard: string }[]];
  assert.deepEqual(
    found.map(({ rooms }) => rooms.toSorted()),
    [[id, "x"].toSorted()],
  );
  const end = next(client, "disconnect");
  await server.act(speakers[2], [
    ["in", [id]],
    ["disconnectSockets", []],
  ]);
  assert.deepEqual((await end)[0], "io server disconnect");
});

/** So many that each shard is the home of some, and the shard of their clients, too. */
const MANY = Array.from({ length: 12 }, (_, number) => number);

test("of a dynamic namespace that all clients have lost nothing is missed, wherever it has its home", async () => {
  for (const shard of [0, 1]) {
    server = makeServer(worker, 3, "RECOVERING");
    const speaker = await server.join(2);
    const client = await server.join(shard);
    const teams = MANY.map((number) => client.io.socket(`/team-${number}`));
    await Promise.all(teams.map((team) => next(team, "connect")));
    const got = record(Object.fromEntries(teams.entries()));
    const comeBack = loseUntilTold(client, shard);
    await settled();
    // Who falls asleep knows of nobody who is in these namespaces.
    await server.sleep();
    const names = MANY.map((number) => `/team-${number}`);
    const chains = names.map((name): Step[] => [["of", [name]], ...say("by a server")]);
    await server.act(speaker, ...chains);
    await Promise.all(names.map((name) => server.emit(name, "said", "from outside")));
    await settled();
    await comeBack();
    await until(() => MANY.every((number) => said(got[number]).length >= 2));
    for (const team of teams) assert.equal(team.recovered, true);
    for (const number of MANY) {
      assert.deepEqual(said(got[number]).toSorted(), ["by a server", "from outside"], `${number}`);
    }
    server.close();
  }
});

test("what a lost client misses is in its sender's order, by whatever homes it came, and behind a sleep", async () => {
  server = makeServer(worker, 3, "RECOVERING");
  const speaker = await server.join(0);
  const rooms = MANY.map((number) => `room ${number}`);
  const client = await server.join(1, ...rooms);
  const got = record({ client });
  const comeBack = loseUntilTold(client, 1);
  await settled();
  await server.sleep();
  await server.delay(100);
  const due = [...rooms, ...rooms].map((room, number) => `${number} to ${room}`);
  await server.act(
    speaker,
    ...due.map((text, number) => say(text, `room ${number % rooms.length}`)),
  );
  await settled();
  await comeBack();
  await until(() => said(got.client).length >= due.length);
  assert.deepEqual(said(got.client), due);
});

test("bytes are missed as bytes, with another parser, too", async () => {
  const bytes = Buffer.from([1, 2, 3]);
  for (const [binding, options] of [
    ["RECOVERING", {}],
    ["PACKED", { parser }],
  ] as const) {
    server = makeServer(worker, 3, binding, options);
    const [speaker] = await speakersOf(server);
    const client = await server.join(1, "x");
    const got = record({ client });
    const back = loseTo(client, 2, 300);
    await settled();
    await server.act(speaker, say("text", "x"), say({ bytes }, "x"), say("again", "x"));
    await back;
    assert.equal(client.recovered, true, binding);
    await until(() => said(got.client).length === 3);
    const texts = said(got.client);
    assert.deepEqual([texts[0], texts[2]], ["text", "again"], binding);
    const { bytes: missed } = texts[1] as { bytes: Uint8Array };
    assert.deepEqual(Buffer.from(missed), bytes, binding);
    server.close();
  }
});

test("of several that come with one private id the last one has the session, also if the first is still there", async () => {
  server = makeServer(worker, 3, "RECOVERING");
  const [speaker] = await speakersOf(server);
  const client = await server.join(1, "x");
  const got = record({ client });
  await server.act(speaker, say("first"));
  await until(() => said(got.client).length === 1);
  const id = client.id ?? "";
  const { _pid: pid, _lastOffset: offset } = client as unknown as Record<string, string>;
  client.io.reconnection(false);
  const ended = next(client, "disconnect");
  // It is connected, and nobody has heard otherwise.
  await server.sleep();
  const heirs = [2, 0].map((shard) => server.open(shard, { pid, offset }));
  for (const { io } of heirs) io.reconnection(false);
  const heard = record(Object.fromEntries(heirs.entries()));
  await Promise.all([ended, ...heirs.map((heir) => next(heir, "connect"))]);
  const owners = () => heirs.filter(({ connected, id: own }) => connected && own === id);
  await until(() => owners().length === 1);
  const connected = owners();
  await server.act(speaker, say("then", "x"), say("to it", id));
  await until(() => said(heard[heirs.indexOf(connected[0] as ClientSocket)]).length === 2);
  await settled();
  const at = heirs.indexOf(connected[0] as ClientSocket);
  assert.deepEqual(said(heard[at]).toSorted(), ["then", "to it"]);
  assert.deepEqual(said(got.client), ["first"]);
});

test("a session that has moved expires once, where it is", async () => {
  server = makeServer(worker, 3, "HASTY");
  const speakers = await speakersOf(server);
  const got = record(Object.fromEntries(speakers.entries()));
  const client = await server.join(1, "x");
  const id = client.id ?? "";
  const { _pid: pid } = client as unknown as Record<string, string>;
  await loseTo(client, 2);
  assert.equal(client.recovered, true);
  client.io.reconnection(false);
  client.io.engine.close();
  await until(() => Object.values(got).every((list) => list.length > 0));
  await settled();
  for (const shard of [0, 1, 2]) {
    assert.deepEqual(got[shard], [
      ["expired", id, server.nameOf(2), ...(got[shard]?.[0] ?? []).slice(3)],
    ]);
  }
  const late = server.open(0, { pid });
  await next(late, "connect");
  assert.notEqual(late.id, id);
});

test("private ids that are wrong, or of shards that there are not, cost nothing", async () => {
  server = makeServer(worker, 5, "RECOVERING");
  await server.raise(5);
  const client = await server.join(4);
  const { _pid: pid = "" } = client as unknown as Record<string, string>;
  client.disconnect();
  await server.raise(3);
  await server.join(1);
  const before = await server.book();
  const wrong = [pid, `${pid.slice(0, -1)}-`, "x", "../..", "a".repeat(1000), "__proto__"];
  for (const forged of wrong) {
    const other = server.open(1, { pid: forged, offset: "none" });
    await next(other, "connect");
    assert.notEqual(other.id, client.id);
  }
  const { started } = await server.book();
  assert.equal(started[server.nameOf(4)], 1);
  for (const shard of [0, 1, 2, 3]) {
    assert.equal(started[server.nameOf(shard)], before.started[server.nameOf(shard)]);
  }
});

test("a session that missed more than 8 MB does not move, one that missed less does", async () => {
  server = makeServer(worker, 3, "RECOVERING");
  const [speaker] = await speakersOf(server);
  // Two bytes for each unit.
  const text = "x".repeat(900_000);
  for (const [times, isRecovered] of [
    [4, true],
    [5, false],
  ] as const) {
    const client = await server.join(1, "x");
    const got = record({ client });
    const comeBack = loseUntilTold(client, 2);
    for (let time = 0; time < times; time++) await server.act(speaker, say(text, "x"));
    await comeBack();
    assert.equal(client.recovered, isRecovered, `${times}`);
    assert.equal(said(got.client).length, isRecovered ? times : 0);
    client.disconnect();
  }
});

test("shards that there were not when it was lost take a session, too", async () => {
  server = makeServer(worker, 3, "RECOVERING");
  const speakers = await speakersOf(server);
  const client = await server.join(1, "x");
  const id = client.id ?? "";
  const got = record({ client });
  const comeBack = loseUntilTold(client, 4);
  await settled();
  await server.raise(5);
  const due = await sayAll(speakers, "while lost", id);
  await comeBack();
  await server.raise(3);
  assert.equal(client.recovered, true);
  assert.deepEqual(said(got.client).toSorted(), due.toSorted());
});

test("nothing is lost or comes twice in a storm of clients that move and messages of all shards", async () => {
  const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? Date.now() % 2 ** 31);
  const makeAnother = async (): Promise<SpreadServer> => {
    server = makeServer(worker, 3, "RECOVERING");
    await server.delay(30);
    return server;
  };
  const moves = await storm(makeAnother, { seed, movers: 8, numbers: 40, pause: 15 });
  assert.ok(moves > 1, `${moves} moves`);
});

test("if a shard ends while a client moves, it has all that it missed, or a new session", async () => {
  server = makeServer(worker, 3, "RECOVERING");
  const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? Date.now() % 2 ** 31);
  await server.delay(30);
  await moveWhileShardsEnd(server, { seed, rounds: 2 });
});

test("clients come back to their shards by what their pages have made up", async () => {
  server = makeServer(worker, 3, "RECOVERING");
  const name = server.nameOf(0);
  const comeBack = async (visit: string): Promise<unknown> => {
    const query = { server: name, binding: "RECOVERING", visit };
    const client = connect(worker.url, "", { query, reconnectionDelay: 20 });
    try {
      await next(client, "connect");
      const [place] = await ask(client, "where?");
      const { id } = client;
      const back = next(client, "connect");
      client.io.engine.close();
      await back;
      assert.deepEqual([client.recovered, client.id], [true, id]);
      assert.deepEqual(await ask(client, "where?"), [place]);
      return place;
    } finally {
      client.io.reconnection(false);
      client.io.engine.close();
    }
  };
  const visits = Array.from({ length: 8 }, (_, number) => `visit ${number}`);
  const places = new Set(await Promise.all(visits.map(comeBack)));
  assert.ok(places.size > 1, [...places].join());
});

for (const [who, shard] of [
  ["a shard", 1],
  ["an emitter", 0],
] as const) {
  test(`what ${who} sends again, as its receiver has ended, comes once to who recovers`, async () => {
    server = makeServer(worker, 3, "RECOVERING");
    const a = await server.join(0);
    const b = await server.join(shard);
    // From the first packet on it knows where it is.
    const first = next(b, "first");
    await server.act(a, [["emit", ["first"]]]);
    await first;
    await settled();
    const got = record({ b });
    const back = next(b, "connect");
    await server.fail(shard, "ends");
    if (who === "an emitter") await server.emit("/", "said", "once");
    else await server.act(a, say("once"));
    await back;
    await server.emit("/", "end");
    await until(() => got.b?.some(([name]) => name === "end") === true);
    assert.equal(b.recovered, true);
    assert.deepEqual(said(got.b), ["once"]);
  });
}
