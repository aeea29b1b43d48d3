// Shards and clients that do not answer: whoever asks hears so in time, and what waits for them is bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { next } from "../../support/stock-client.ts";
import { ROOMS, record, ShardsOfFile, until } from "./support.ts";

const shards = new ShardsOfFile();

/** All that can be asked, each of its own. */
const QUESTIONS: [string, unknown[]][][] = [
  [
    ["timeout", [1_000]],
    ["emitWithAck", ["ready?"]],
  ],
  [
    ["to", [ROOMS]],
    ["timeout", [1_000]],
    ["emitWithAck", ["ready?"]],
  ],
  [["fetchSockets", []]],
  [
    ["in", [ROOMS]],
    ["fetchSockets", []],
  ],
  [["serverSideEmitWithAck", ["who?"]]],
];

/** What each question is answered by, where all are asked at the same time. */
async function askAll(client: ClientSocket): Promise<unknown[]> {
  const answers = await Promise.all(QUESTIONS.map((chain) => shards.server.act(client, chain)));
  return answers.map(([answer]) => answer);
}

for (const shard of [1, 2]) {
  test(`an answer or an error comes in time, whatever shard ${shard} does not answer`, async () => {
    const [a, b, c] = await shards.inSameRooms(...ROOMS);
    for (const [name, client] of Object.entries({ a, b, c })) {
      client.on("ready?", (answer) => answer(name));
    }
    const name = shards.server.nameOf(shard);
    await shards.server.fail(shard, "never", 1_000);
    const names = new RegExp(name);
    for (const answer of await askAll(a)) assert.match(JSON.stringify(answer), names);
    // Something that everything else waits for, and that is never answered.
    await shards.server.act(a, [["socketsJoin", ["y"]]]);
    const answers = (await askAll(a)) as { error?: string }[];
    for (const { error } of answers) assert.ok(error !== undefined);
    await shards.server.fail(shard, "", 0);
    const got = record({ a, b, c });
    await shards.server.act(a, [["emit", ["again"]]]);
    await until(() =>
      Object.values(got).every((list) => list.some(([event]) => event === "again")),
    );
    assert.deepEqual((await askAll(a)).length, QUESTIONS.length);
  });

  test(`the same if shard ${shard} ends between the question and the answer`, async () => {
    const [a, b, c] = await shards.inSameRooms(...ROOMS);
    for (const [name, client] of Object.entries({ a, b, c })) {
      client.on("ready?", (answer) => setTimeout(answer, 600, name));
    }
    const gone = next(shard === 1 ? b : c, "disconnect");
    await shards.server.fail(shard, "ends");
    const answers = (await askAll(a)) as { error?: string; responses?: unknown[] }[];
    await gone;
    assert.equal(answers.length, QUESTIONS.length);
    for (const answer of answers) {
      // The clients of all others are there, and who asks is told if one was not.
      const list = Array.isArray(answer) ? answer : answer.responses;
      assert.ok(answer.error !== undefined || (list?.length ?? 0) >= 2, JSON.stringify(answer));
    }
  });
}

test("what waits for a shard that never answers is bounded: who asks behind it hears so, and the log", async () => {
  const [a, b] = await shards.inSameRooms("x");
  for (const client of [a, b]) client.on("ready?", (_text, answer) => answer());
  const got = record({ a });
  await shards.server.fail(2, "never", 1_000);
  const [, , answer] = await shards.server.act(
    a,
    [
      ["in", ["x"]],
      ["socketsJoin", ["y"]],
    ],
    [["emitMany", [12, 900_000]]],
    [
      ["timeout", [1000]],
      ["emitWithAck", ["ready?", "x".repeat(900_000)]],
    ],
  );
  assert.match((answer as { error: string }).error, /16 MiB wait/);
  await shards.worker.logged(/what was sent before is still on its way, and 16 MiB wait for it/);
  // Clients here have all of it.
  await until(() => got.a?.filter(([event]) => event === "many").length === 12);
});

test("clients that do not answer hold up nothing else", async () => {
  const [a, b, c] = await shards.inSameRooms(...ROOMS);
  const got = record({ b, c });
  const asking = shards.server.act(a, [
    ["timeout", [20_000]],
    ["emitWithAck", ["silence?"]],
  ]);
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  // The asking client leaves with this test, so that its question is never answered.
  asking.then(end, end);
  await shards.server.act(a, [["socketsJoin", ["y"]]]);
  await shards.server.act(a, [
    ["to", ["y"]],
    ["emit", ["welcome"]],
  ]);
  const isWelcome = (list: unknown[][]) => list.some(([event]) => event === "welcome");
  await until(() => Object.values(got).every(isWelcome));
  assert.equal(isOver, false);
});
