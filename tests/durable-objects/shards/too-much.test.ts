// More than a call between shards holds, in all or at once: it gets through, or disturbs nobody else.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { ask } from "../../support/stock-client.ts";
import { record, ShardsOfFile, settled, until } from "./support.ts";

const shards = new ShardsOfFile();

for (const [what, count, units] of [
  ["more than one call may hold", 12_000, 0],
  ["more bytes than a call may have", 45, 800_000],
] as const) {
  test(`what is sent in one turn is ${what}: all of it comes, once, in order`, async () => {
    const [a, ...others] = await shards.inSameRooms();
    const got = others.map((client) => {
      const numbers: number[] = [];
      client.on("many", (number) => numbers.push(number));
      return numbers;
    });
    // Its own connection is closed if more waits for it than `maxBufferedAmount` when the answer is to be sent.
    a.emit("do", [[["emitMany", [count, units]]]], () => {});
    await until(() => got.every(({ length }) => length >= count));
    await settled();
    const due = Array.from({ length: count }, (_, number) => number);
    for (const numbers of got) assert.deepEqual(numbers, due);
  });
}

test("what a client has made too long for a call disturbs nobody else's", async () => {
  const [a, b, c] = await shards.inSameRooms("x");
  const got = record({ b, c });
  const long = "r".repeat(20_000);
  const many = Array.from({ length: 20_000 }, (_, at) => `${at}`);
  const evil: [string, unknown[]][][] = [
    [
      ["to", [long]],
      ["emit", ["nobody"]],
    ],
    [
      ["except", [long]],
      ["emit", ["everybody"]],
    ],
    [
      ["to", [many]],
      ["emit", ["too many rooms"]],
    ],
    [["emit", ["too many arguments", ...many]]],
    [["serverSideEmit", [long]]],
  ];
  const results: unknown[] = [];
  for (const chain of evil) {
    // In one turn with what others say, and while it is on its way.
    const [asked, said] = [shards.server.act(a, chain), shards.server.act(a, [["emit", ["said"]]])];
    results.push(...((await asked) ?? []));
    await said;
  }
  const count = (list: unknown[][], name: string) =>
    list.filter(([event]) => event === name).length;
  await until(() => Object.values(got).every((list) => count(list, "said") === evil.length));
  for (const list of Object.values(got)) {
    assert.deepEqual([count(list, "everybody"), count(list, "nobody")], [1, 0]);
  }
  // Whoever has asked for too much is told.
  assert.equal(results.filter((result) => /at most 10000/.test(JSON.stringify(result))).length, 3);
});

test("a client that joins thousands of rooms with long names disturbs nobody else on several shards", async () => {
  const [a, b, c] = await shards.inSameRooms("x");
  const hostile = await shards.server.join(1);
  const { called: before } = await shards.server.book();
  // As many as there may be: of as long names as there may be, and of short ones.
  const long = Array.from({ length: 80 }, (_, at) => `${at}`.padEnd(8_000, "r"));
  const short = Array.from({ length: 9_000 }, (_, at) => `room ${at}`);
  let isOver = false;
  const joining = Promise.all(
    [...long, short].map((rooms) => ask(hostile, "join", [rooms].flat())),
  );
  joining.then(() => {
    isOver = true;
  });
  const got = record({ a, b, c });
  let rounds = 0;
  // Others go on meanwhile, in order.
  while (!isOver || rounds < 20) {
    await shards.server.act([a, b, c][rounds % 3] as ClientSocket, [
      ["to", ["x"]],
      ["emit", ["round", rounds]],
    ]);
    rounds += 1;
    await until(() => Object.values(got).every((list) => list.length === rounds));
  }
  await joining;
  for (const list of Object.values(got)) {
    assert.deepEqual(
      list,
      Array.from({ length: rounds }, (_, at) => ["round", at]),
    );
  }
  // Homes are called a few times, not for each room.
  const { called } = await shards.server.book();
  const calls = [0, 2].map((shard) => shards.server.nameOf(shard));
  const more = calls.map((name) => (called[name] ?? 0) - (before[name] ?? 0));
  for (const count of more)
    assert.ok(count < 4 * rounds + 1_000, `${count} calls, ${rounds} rounds`);
  // Each of its rooms is reached from elsewhere.
  const heard = record({ hostile });
  const rooms = [long.at(-1), short.at(-1)] as string[];
  await shards.server.act(
    c,
    ...rooms.map((room): [string, unknown[]][] => [
      ["to", [room]],
      ["emit", ["reached"]],
    ]),
  );
  await until(() => heard.hostile?.length === 2);
});
