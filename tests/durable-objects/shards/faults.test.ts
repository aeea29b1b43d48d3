// Shards that fail: the others are served, nobody gets anything twice, and who asks hears what is missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { ask, next } from "../../support/stock-client.ts";
import { ROOMS, record, ShardsOfFile, settled, sorted, until } from "./support.ts";

const shards = new ShardsOfFile();

const emitToAll = (text: string) =>
  ROOMS.map((room): [string, unknown[]][] => [
    ["to", [room]],
    ["emit", [text, room]],
  ]);

const inEachRoom = (text: string) => ROOMS.map((room) => JSON.stringify([text, room])).sort();

for (const shard of [1, 2]) {
  test(`calls whose answer is lost are made again, and performed once (shard ${shard})`, async () => {
    const [a, b, c] = await shards.inSameRooms(...ROOMS);
    const got = record({ a, b, c });
    await shards.server.fail(shard, "lost");
    await shards.server.act(a, ...emitToAll("x"));
    await shards.server.act(a, [["emit", ["end"]]]);
    const expected = [...inEachRoom("x"), '["end"]'].sort();
    await until(() => Object.values(got).every((list) => list.length >= expected.length));
    await settled();
    for (const list of Object.values(got)) assert.deepEqual(sorted(list), expected);
  });

  for (const kind of ["throw", "overloaded"]) {
    test(`the others are served while shard ${shard} fails (${kind})`, async () => {
      const [a, b, c] = await shards.inSameRooms(...ROOMS);
      const got = record({ a, b, c });
      await shards.server.fail(shard, kind, 1000);
      await shards.server.act(a, ...emitToAll("x"));
      const others = Object.entries(got).filter((_, index) => index !== shard);
      await until(() => others.every(([, list]) => list.length >= ROOMS.length));
      await settled();
      for (const [, list] of others) assert.deepEqual(sorted(list), inEachRoom("x"));
      if (kind !== "overloaded") return;
      // It is left alone for a while.
      const { called: before } = await shards.server.book();
      await shards.server.act(a, ...emitToAll("y"));
      await until(() => others.every(([, list]) => list.length >= 2 * ROOMS.length));
      const { called } = await shards.server.book();
      assert.equal(called[shards.server.nameOf(shard)], before[shards.server.nameOf(shard)]);
    });
  }

  test(`who asks gets what there is, and hears that shard ${shard} failed`, async () => {
    const [a, b, c] = await shards.inSameRooms("x");
    for (const [name, client] of Object.entries({ a, b, c })) {
      client.on("ready?", (answer) => answer(name));
    }
    for (const kind of ["throw", "slow"]) {
      await shards.server.fail(shard, kind, 1000);
      const [acks, names] = (await shards.server.act(
        a,
        [
          ["timeout", [kind === "slow" ? 2500 : 8000]],
          ["emitWithAck", ["ready?"]],
        ],
        [["serverSideEmitWithAck", ["who?"]]],
      )) as { error: string; responses: string[] }[];
      const failed = new RegExp(shards.server.nameOf(shard));
      assert.match(`${acks?.error}`, failed, kind);
      assert.deepEqual(
        acks?.responses.sort(),
        ["a", "b", "c"].filter((_, at) => at !== shard),
      );
      if (kind === "slow") continue;
      assert.match(`${names?.error}`, failed);
      const other = shards.server.nameOf(shard === 1 ? 2 : 1);
      assert.deepEqual(names?.responses, [other]);
    }
    await shards.server.fail(shard, "throw", 1000);
    const [sockets] = (await shards.server.act(a, [["fetchSockets", []]])) as { error: string }[];
    assert.match(`${sockets?.error}`, new RegExp(shards.server.nameOf(shard)));
    await shards.server.fail(shard, "", 0);
  });
}

test("a call that others have overtaken is performed all the same, once", async () => {
  const [a, b] = await shards.inSameRooms("x");
  const got = record({ b });
  const emit = (n: number): [string, unknown[]][] => [
    ["to", [b.id as string]],
    ["emit", ["n", n]],
  ];
  await shards.server.fail(1, "overtaken");
  await shards.server.act(a, emit(1), emit(2), emit(3));
  await until(() => got.b?.length === 3);
  await settled();
  assert.deepEqual(sorted(got.b), ['["n",1]', '["n",2]', '["n",3]']);
});

for (const kind of ["full", "limited"]) {
  test(`a shard that takes no more clients (${kind}): they get in elsewhere, and hear those in it`, async () => {
    shards.makeServer(3, "CHAT", {
      reconnectionDelay: 20,
      reconnectionDelayMax: 40,
    });
    const there = await shards.server.join(1, "x");
    await shards.server.fail(0, kind);
    await shards.server.fail(1, kind);
    // Whoever has to be there, hears that it cannot, and gets in when there is room.
    const bound = shards.server.open(1);
    const [error] = (await next(bound, "connect_error")) as [Error];
    assert.equal(error.message, "websocket error");
    // Any other tries again, where it comes to.
    const others = Array.from({ length: 6 }, () => shards.server.open(undefined));
    await Promise.all(others.map((client) => next(client, "connect")));
    const { refused } = await shards.server.book();
    assert.ok(
      (refused[shards.server.nameOf(0)] ?? 0) + (refused[shards.server.nameOf(1)] ?? 0) > 1,
    );
    const got = record({ there, ...Object.fromEntries(others.entries()) });
    await shards.server.act(there, [["emit", ["all"]]]);
    await until(() => Object.values(got).every((list) => list.length === 1));
    await shards.server.act(others[0] as ClientSocket, [
      ["to", ["x"]],
      ["emit", ["x"]],
    ]);
    await until(() => got.there?.length === 2);
    const sockets = (await shards.server.act(there, [["fetchSockets", []]]))[0] as {
      data: object;
    }[];
    const elsewhere = sockets.filter(({ data }) => Object(data).shard === shards.server.nameOf(2));
    assert.deepEqual([sockets.length, elsewhere.length], [7, 6]);
    await shards.server.fail(1, "", 0);
    await next(bound, "connect");
  });
}

test("a shard that was aborted loses its clients, and is reached again when they are back", async () => {
  const [a, b, c] = await shards.inSameRooms(...ROOMS);
  await shards.server.act(a, ...emitToAll("before"));
  const back = next(b, "connect");
  b.emit("abort");
  await back;
  await ask(b, "join", ROOMS);
  const got = record({ a, b, c });
  await shards.server.act(a, ...emitToAll("x"));
  await shards.server.act(c, ...emitToAll("y"));
  const expected = [...inEachRoom("x"), ...inEachRoom("y")].sort();
  await until(() => Object.values(got).every((list) => list.length >= expected.length));
  for (const list of Object.values(got)) assert.deepEqual(sorted(list), expected);
});

test("an emitter's call during which its shard is aborted is made again, and performed once", async () => {
  shards.makeServer();
  const [b, c] = await Promise.all([1, 2].map((shard) => shards.server.join(shard, ...ROOMS)));
  const got = record({ b, c } as Record<string, ClientSocket>);
  await shards.server.fail(0, "aborted");
  const query = new URLSearchParams({ server: shards.server.nameOf(0), end: "", plain: "" });
  for (const room of ROOMS) query.append("room", room);
  const { called: before } = await shards.server.book();
  assert.equal((await fetch(`${shards.worker.url}/burst?${query}`)).status, 204);
  await settled();
  const { called } = await shards.server.book();
  const name = shards.server.nameOf(0);
  assert.ok((called[name] ?? 0) - (before[name] ?? 0) >= 2);
  for (const [shard, list] of [got.b, got.c].entries()) {
    const heard = JSON.stringify(["server heard", shards.server.nameOf(shard + 1), "outside"]);
    assert.deepEqual(sorted(list), [...inEachRoom("burst"), heard].sort());
  }
});

test("the application wipes its storage: homes know their members as before", async () => {
  const [a, b, c] = await shards.inSameRooms(...ROOMS);
  await shards.server.sleep();
  for (const client of [a, b, c]) await ask(client, "wipe");
  await shards.server.sleep();
  const got = record({ a, b, c });
  await shards.server.act(a, ...emitToAll("x"));
  await until(() => Object.values(got).every((list) => list.length >= ROOMS.length));
  for (const list of Object.values(got)) assert.deepEqual(sorted(list), inEachRoom("x"));
});
