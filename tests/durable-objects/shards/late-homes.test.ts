// Homes of rooms that are late, or not well: order is kept, and nobody is forgotten.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { PATIENCE } from "../../../glue/adapter/shards/delivery/calls-under-way.ts";
import { keyOf, rendezvous } from "../../../glue/adapter/shards/placement/placement.ts";
import { ask, next } from "../../support/stock-client.ts";
import { homeOf, ROOMS, record, roomAt, ShardsOfFile, settled, until } from "./support.ts";

const shards = new ShardsOfFile();

describe("a message by way of a late home", () => {
  /** Of the three shards the second is the home of one room, the third of the other. */
  const [first, second] = [1, 2].map(
    (shard) => ROOMS.find((room) => rendezvous(keyOf("/", room), 3) === shard) as string,
  ) as [string, string];
  const toRoom = (room: string, number: number): [string, unknown[]][] => [
    ["to", [room]],
    ["emit", ["n", number]],
  ];
  const toServers = (number: number): [string, unknown[]][] => [
    ["serverSideEmit", ["hello", number]],
  ];
  /** Those that events have with them, whoever sent them on; an offset comes last. */
  const numbersOf = (list: unknown[][] = []) => {
    return list.map((values) => values.find((value) => typeof value === "number"));
  };

  test("comes before what its shard has sent later by other ways, as upstream's adapters have it", async () => {
    shards.makeServer();
    const a = await shards.server.join(0);
    const [b, c] = (await Promise.all(
      [1, 2].map((shard) => shards.server.join(shard, first, second)),
    )) as [ClientSocket, ClientSocket];
    const got = record({ b, c });
    await shards.server.fail(1, "late");
    await shards.server.act(
      a,
      toRoom(first, 1),
      toRoom(second, 2),
      toRoom(c.id as string, 3),
      [["emit", ["n", 4]]],
      toRoom(first, 5),
      toRoom(second, 6),
      toServers(7),
    );
    await until(() => got.b?.length === 6 && got.c?.length === 7);
    assert.deepEqual(Object.values(got).map(numbersOf), [
      [1, 2, 4, 5, 6, 7],
      [1, 2, 3, 4, 5, 6, 7],
    ]);
    // An emitter's calls, too.
    await shards.server.fail(1, "late");
    const query = new URLSearchParams({ server: shards.server.nameOf(0), end: "", plain: "" });
    for (const room of [first, second, c.id as string]) query.append("room", room);
    await fetch(`${shards.worker.url}/burst?${query}`);
    await until(() => got.c?.length === 11);
    const rooms = got.c?.slice(7).filter(([name]) => name === "burst");
    assert.deepEqual(rooms, [
      ["burst", first],
      ["burst", second],
      ["burst", c.id],
    ]);
  });

  test("the same while all calls take their time, each another", async () => {
    shards.makeServer(3, "RECOVERING");
    const a = await shards.server.join(0);
    const c = await shards.server.join(2, ...ROOMS);
    const got = record({ c });
    await shards.server.delay(60);
    let sent = 0;
    for (let burst = 0; burst < 5; burst++) {
      // As many as are told of, and this one.
      const all = Array.from({ length: 17 }, (_, at) => toRoom(ROOMS[(at * 5) % 12] as string, at));
      all[3] = toRoom(c.id as string, 3);
      all[9] = [["emit", ["n", 9]]];
      for (const at of [6, 13]) all[at] = toServers(at);
      await shards.server.act(a, ...all);
      sent += all.length;
      await until(() => got.c?.length === sent);
      assert.deepEqual(numbersOf(got.c?.slice(-all.length)), [...all.keys()]);
    }
    await shards.server.delay(0);
  });

  test("holds up nobody for long, or who is not meant", async () => {
    shards.makeServer();
    const a = await shards.server.join(0);
    const both = await shards.server.join(2, first, second);
    const got = record({ both });
    await shards.server.fail(1, "too late");
    await shards.server.act(a, toRoom(first, 1), toRoom(second, 2), toRoom(second, 3));
    await until(() => got.both?.length === 3);
    assert.deepEqual(got.both, [
      ["n", 2],
      ["n", 3],
      ["n", 1],
    ]);
    await ask(both, "leave", first);
    // The home hears that nobody is there.
    await shards.server.act(a, toRoom(first, 4));
    await settled();
    let quickest = Number.POSITIVE_INFINITY;
    // Whatever else the machine does, it is not as late as that each time.
    for (let received = 3; quickest >= PATIENCE && received < 8; received++) {
      await shards.server.fail(1, "too late");
      const begun = performance.now();
      await shards.server.act(a, toRoom(first, 5), toRoom(second, 6));
      await until(() => got.both?.length === received + 1);
      quickest = Math.min(quickest, performance.now() - begun);
    }
    assert.ok(quickest < PATIENCE, "it waited for what does not come");
  });
});

test("of rooms and namespaces that are announced while a call is under way all leave together", async () => {
  shards.makeServer();
  const a = await shards.server.join(0);
  const c = await shards.server.join(2);
  const rooms = Array.from({ length: 60 }, (_, number) => `new ${number}`);
  const teams = rooms.map((_, number) => `/team-${number}`);
  const homes = [
    ...rooms.map((room) => keyOf("/", room)),
    ...teams.map((team) => keyOf(team, null)),
  ];
  assert.ok(homes.filter((key) => rendezvous(key, 3) === 1).length > 20);
  await shards.server.fail(1, "too late");
  const { called: before } = await shards.server.book();
  await Promise.all([
    ...rooms.map((room) => ask(a, "join", room)),
    ...teams.map((team) => next(a.io.socket(team), "connect")),
  ]);
  const { called } = await shards.server.book();
  const calls = (called[shards.server.nameOf(1)] ?? 0) - (before[shards.server.nameOf(1)] ?? 0);
  assert.ok(calls <= 5, `${calls} calls`);
  const got = record({ a });
  await shards.server.act(
    c,
    ...rooms.map((room): [string, unknown[]][] => [
      ["to", [room]],
      ["emit", ["hello", room]],
    ]),
  );
  await until(() => got.a?.length === rooms.length);
});

/** Says something again and again, until the other has heard it. */
async function sayUntilHeard(
  speaker: ClientSocket,
  listener: ClientSocket,
  ...to: [string, unknown[]][]
): Promise<void> {
  const { got } = record({ got: listener });
  for (let number = 0; got?.length === 0; number++) {
    assert.ok(number < 100, "said in vain");
    await shards.server.act(speaker, [...to, ["emit", ["number", number]]]);
    await settled();
  }
}

test("a room whose home could not be told of a member there gets everything once that home is well", async () => {
  const [a, b] = await shards.inSameRooms();
  const room = roomAt(2);
  const calls = async () => (await shards.server.book()).called[shards.server.nameOf(2)] ?? 0;
  const before = await calls();
  await shards.server.fail(2, "throw", 1_000);
  b.emit("join", [room], () => {});
  // It gives up.
  while ((await calls()) < before + 5) await settled();
  await shards.server.fail(2, "", 0);
  await sayUntilHeard(a, b, ["to", [room]]);
});

test("who comes while the home of all is not well hears all others once it is", async () => {
  const home = homeOf(null);
  const [here, there] = [0, 1, 2].filter((shard) => shard !== home) as [number, number];
  shards.makeServer();
  const speaker = await shards.server.join(here);
  await shards.server.fail(home, "throw", 1_000);
  const late = await shards.server.join(there);
  await shards.server.fail(home, "", 0);
  await sayUntilHeard(speaker, late);
});

test("a shard that does not hear in time where homes are takes no shard for one that is none", async () => {
  shards.makeServer();
  const room = roomAt(2);
  const b = await shards.server.join(1, room);
  const got = record({ b });
  // It gets an emitter's call as the first, and asks shard 0.
  await shards.server.fail(0, "slow");
  const query = new URLSearchParams({ server: shards.server.nameOf(0), room, end: "" });
  await fetch(`${shards.worker.url}/burst?${query}`);
  await until(() => got.b?.length === 1);
  await settled();
  assert.deepEqual(got.b, [["burst", room]]);
});
