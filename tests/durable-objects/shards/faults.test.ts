// Shards that fail: the others are served, nobody gets anything twice, and who asks hears what is missing.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import type { RunningWorker } from "../../support/miniflare.ts";
import { ask, next } from "../../support/stock-client.ts";
import {
  joinThree,
  makeServer,
  ROOMS,
  record,
  type SpreadServer,
  settled,
  sorted,
  startShards,
  until,
} from "./support.ts";

let worker: RunningWorker;
let server: SpreadServer;

before(async () => {
  worker = await startShards();
});

after(() => worker.stop());
afterEach(() => server.close());

/** A client on each shard, all in the same rooms. */
function three(...rooms: string[]): Promise<[ClientSocket, ClientSocket, ClientSocket]> {
  server = makeServer(worker);
  return joinThree(server, [rooms, rooms, rooms]);
}

const emitToAll = (text: string) =>
  ROOMS.map((room): [string, unknown[]][] => [
    ["to", [room]],
    ["emit", [text, room]],
  ]);

const inEachRoom = (text: string) => ROOMS.map((room) => JSON.stringify([text, room])).sort();

for (const shard of [1, 2]) {
  test(`calls whose answer is lost are made again, and performed once (shard ${shard})`, async () => {
    const [a, b, c] = await three(...ROOMS);
    const got = record({ a, b, c });
    await server.fail(shard, "lost");
    await server.act(a, ...emitToAll("x"));
    await server.act(a, [["emit", ["end"]]]);
    const expected = [...inEachRoom("x"), '["end"]'].sort();
    await until(() => Object.values(got).every((list) => list.length >= expected.length));
    await settled();
    for (const list of Object.values(got)) assert.deepEqual(sorted(list), expected);
  });

  for (const kind of ["throw", "overloaded"]) {
    test(`the others are served while shard ${shard} fails (${kind})`, async () => {
      const [a, b, c] = await three(...ROOMS);
      const got = record({ a, b, c });
      await server.fail(shard, kind, 1000);
      await server.act(a, ...emitToAll("x"));
      const others = Object.entries(got).filter((_, index) => index !== shard);
      await until(() => others.every(([, list]) => list.length >= ROOMS.length));
      await settled();
      for (const [, list] of others) assert.deepEqual(sorted(list), inEachRoom("x"));
      if (kind !== "overloaded") return;
      // It is left alone for a while.
      const { called: before } = await server.book();
      await server.act(a, ...emitToAll("y"));
      await until(() => others.every(([, list]) => list.length >= 2 * ROOMS.length));
      const { called } = await server.book();
      assert.equal(called[server.nameOf(shard)], before[server.nameOf(shard)]);
    });
  }

  test(`who asks gets what there is, and hears that shard ${shard} failed`, async () => {
    const [a, b, c] = await three("x");
    for (const [name, client] of Object.entries({ a, b, c })) {
      client.on("ready?", (answer) => answer(name));
    }
    for (const kind of ["throw", "slow"]) {
      await server.fail(shard, kind, 1000);
      const [acks, names] = (await server.act(
        a,
        [
          ["timeout", [kind === "slow" ? 2500 : 8000]],
          ["emitWithAck", ["ready?"]],
        ],
        [["serverSideEmitWithAck", ["who?"]]],
      )) as { error: string; responses: string[] }[];
      const failed = new RegExp(server.nameOf(shard));
      assert.match(`${acks?.error}`, failed, kind);
      assert.deepEqual(
        acks?.responses.sort(),
        ["a", "b", "c"].filter((_, at) => at !== shard),
      );
      if (kind === "slow") continue;
      assert.match(`${names?.error}`, failed);
      const other = server.nameOf(shard === 1 ? 2 : 1);
      assert.deepEqual(names?.responses, [other]);
    }
    await server.fail(shard, "throw", 1000);
    const [sockets] = (await server.act(a, [["fetchSockets", []]])) as { error: string }[];
    assert.match(`${sockets?.error}`, new RegExp(server.nameOf(shard)));
    await server.fail(shard, "", 0);
  });
}

test("a call that others have overtaken is performed all the same, once", async () => {
  const [a, b] = await three("x");
  const got = record({ b });
  const emit = (n: number): [string, unknown[]][] => [
    ["to", [b.id as string]],
    ["emit", ["n", n]],
  ];
  await server.fail(1, "overtaken");
  await server.act(a, emit(1), emit(2), emit(3));
  await until(() => got.b?.length === 3);
  await settled();
  assert.deepEqual(sorted(got.b), ['["n",1]', '["n",2]', '["n",3]']);
});

for (const kind of ["full", "limited"]) {
  test(`a shard that takes no more clients (${kind}): they get in elsewhere, and hear those in it`, async () => {
    server = makeServer(worker, 3, "CHAT", {
      reconnectionDelay: 20,
      reconnectionDelayMax: 40,
    });
    const there = await server.join(1, "x");
    await server.fail(0, kind);
    await server.fail(1, kind);
    // Whoever has to be there, hears that it cannot, and gets in when there is room.
    const bound = server.open(1);
    const [error] = (await next(bound, "connect_error")) as [Error];
    assert.equal(error.message, "websocket error");
    // Any other tries again, where it comes to.
    const others = Array.from({ length: 6 }, () => server.open(undefined));
    await Promise.all(others.map((client) => next(client, "connect")));
    const { refused } = await server.book();
    assert.ok((refused[server.nameOf(0)] ?? 0) + (refused[server.nameOf(1)] ?? 0) > 1);
    const got = record({ there, ...Object.fromEntries(others.entries()) });
    await server.act(there, [["emit", ["all"]]]);
    await until(() => Object.values(got).every((list) => list.length === 1));
    await server.act(others[0] as ClientSocket, [
      ["to", ["x"]],
      ["emit", ["x"]],
    ]);
    await until(() => got.there?.length === 2);
    const shards = (await server.act(there, [["fetchSockets", []]]))[0] as { data: object }[];
    const elsewhere = shards.filter(({ data }) => Object(data).shard === server.nameOf(2));
    assert.deepEqual([shards.length, elsewhere.length], [7, 6]);
    await server.fail(1, "", 0);
    await next(bound, "connect");
  });
}

test("a shard that was aborted loses its clients, and is reached again when they are back", async () => {
  const [a, b, c] = await three(...ROOMS);
  await server.act(a, ...emitToAll("before"));
  const back = next(b, "connect");
  b.emit("abort");
  await back;
  await ask(b, "join", ROOMS);
  const got = record({ a, b, c });
  await server.act(a, ...emitToAll("x"));
  await server.act(c, ...emitToAll("y"));
  const expected = [...inEachRoom("x"), ...inEachRoom("y")].sort();
  await until(() => Object.values(got).every((list) => list.length >= expected.length));
  for (const list of Object.values(got)) assert.deepEqual(sorted(list), expected);
});

test("an emitter's call during which its shard is aborted is made again, and performed once", async () => {
  server = makeServer(worker);
  const [b, c] = await Promise.all([1, 2].map((shard) => server.join(shard, ...ROOMS)));
  const got = record({ b, c } as Record<string, ClientSocket>);
  await server.fail(0, "aborted");
  const query = new URLSearchParams({ server: server.nameOf(0), end: "", plain: "" });
  for (const room of ROOMS) query.append("room", room);
  const { called: before } = await server.book();
  assert.equal((await fetch(`${worker.url}/burst?${query}`)).status, 204);
  await settled();
  const { called } = await server.book();
  const name = server.nameOf(0);
  assert.ok((called[name] ?? 0) - (before[name] ?? 0) >= 2);
  for (const [shard, list] of [got.b, got.c].entries()) {
    const heard = JSON.stringify(["server heard", server.nameOf(shard + 1), "outside"]);
    assert.deepEqual(sorted(list), [...inEachRoom("burst"), heard].sort());
  }
});

test("the application wipes its storage: homes know their members as before", async () => {
  const [a, b, c] = await three(...ROOMS);
  await server.sleep();
  for (const client of [a, b, c]) await ask(client, "wipe");
  await server.sleep();
  const got = record({ a, b, c });
  await server.act(a, ...emitToAll("x"));
  await until(() => Object.values(got).every((list) => list.length >= ROOMS.length));
  for (const list of Object.values(got)) assert.deepEqual(sorted(list), inEachRoom("x"));
});
