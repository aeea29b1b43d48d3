// What is asked of all shards, asleep before: acknowledgements, sockets, answers of servers; and remote sockets.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { next } from "../../support/stock-client.ts";
import { record, ShardsOfFile, until } from "./support.ts";

const shards = new ShardsOfFile();

describe("questions", () => {
  test("acknowledgements of clients on all shards, or of those in time", async () => {
    const [a, b, c] = await shards.asleep([], ["x"], ["x"]);
    for (const client of [a, b]) client.on("ready?", (answer) => answer(client === a ? "a" : "b"));
    c.once("ready?", (answer) => answer("c"));
    const timed = (timeout: number, room?: string) =>
      [
        ...(room === undefined ? [] : [["to", [room]]]),
        ["timeout", [timeout]],
        ["emitWithAck", ["ready?"]],
      ] as [string, unknown[]][];
    const [all] = await shards.server.act(a, timed(8_000));
    assert.deepEqual((all as string[]).sort(), ["a", "b", "c"]);
    await shards.server.sleep();
    assert.deepEqual(await shards.server.act(a, timed(2_000, "x"), timed(8_000, "nobody")), [
      { error: "operation has timed out", responses: ["b"] },
      [],
    ]);
  });

  test("a client has the whole time to answer, however far away its shard is", async () => {
    const [a, b, c] = await shards.asleep([], ["x"], ["x"]);
    b.on("ready?", (answer) => answer("b"));
    c.on("ready?", () => {});
    const steps = [
      ["to", ["x"]],
      ["timeout", [500]],
      ["emitWithAck", ["ready?"]],
    ] as [string, unknown[]][];
    await shards.server.fail(2, "late");
    assert.deepEqual(await shards.server.act(a, steps), [
      { error: "operation has timed out", responses: ["b"] },
    ]);
    // From outside.
    await shards.server.fail(2, "late");
    const call = { kind: "broadcastWithAck", namespace: "/", rooms: ["x"], except: [], flags: {} };
    const message = { version: 1, calls: [{ ...call, data: ["ready?"], timeout: 500 }] };
    const query = new URLSearchParams({ server: shards.server.nameOf(0) });
    const body = JSON.stringify(message);
    const response = await fetch(`${shards.worker.url}/message?${query}`, { method: "POST", body });
    assert.deepEqual(await response.json(), [
      { value: { clients: 2, responses: ["b"], failures: [] } },
    ]);
  });

  test("sockets of all shards, with what is known of them", async () => {
    const [a, b, c] = await shards.asleep(["x"], ["x"], []);
    const details = (client: ClientSocket, shard: number, ...rooms: string[]) => ({
      id: client.id,
      rooms: [client.id, ...rooms],
      data: { shard: shards.server.nameOf(shard) },
      shard: String(shard),
    });
    const [all, some, one, ids, count] = await shards.server.act(
      a,
      [["fetchSockets", []]],
      [
        ["in", ["x"]],
        ["except", [a.id]],
        ["fetchSockets", []],
      ],
      [
        ["in", [c.id]],
        ["fetchSockets", []],
      ],
      [["allSockets", []]],
      [
        ["sockets", []],
        ["adapter", []],
        ["serverCount", []],
      ],
    );
    const inOrder = [details(a, 0, "x"), details(b, 1, "x"), details(c, 2)];
    const byShard = (list: unknown) =>
      (list as { shard: string }[]).sort((x, y) => x.shard.localeCompare(y.shard));
    assert.deepEqual(byShard(all), inOrder);
    assert.deepEqual(some, [details(b, 1, "x")]);
    assert.deepEqual(one, [details(c, 2)]);
    assert.deepEqual((ids as string[]).sort(), [a.id, b.id, c.id].sort());
    assert.equal(count, 3);
  });

  test("events for the other servers, with answers and without", async () => {
    const [a, b, c] = await shards.asleep();
    const got = record({ a, b, c });
    const [names] = await shards.server.act(
      a,
      [["serverSideEmitWithAck", ["who?"]]],
      [["serverSideEmit", ["hello", "x"]]],
    );
    assert.deepEqual((names as string[]).sort(), [1, 2].map(shards.server.nameOf).sort());
    await until(() => got.b?.length === 1 && got.c?.length === 1);
    assert.deepEqual(got, {
      a: [],
      b: [["server heard", shards.server.nameOf(1), "x"]],
      c: [["server heard", shards.server.nameOf(2), "x"]],
    });
  });

  test("remote sockets are emitted to, moved and disconnected", async () => {
    const [a, b] = await shards.asleep();
    const got = record({ b });
    const gone = next(b, "disconnect");
    b.on("ready?", (answer) => answer("yes"));
    const answers = await shards.server.act(
      a,
      [
        ["in", [b.id]],
        ["remote", ["join", "new"]],
      ],
      [
        ["to", ["new"]],
        ["emit", ["in new"]],
      ],
      [
        ["in", [b.id]],
        ["remote", ["leave", "new"]],
      ],
      [
        ["to", ["new"]],
        ["emit", ["not in new"]],
      ],
      [
        ["in", [b.id]],
        ["remoteAsk", ["ready?"]],
      ],
      [
        ["in", [b.id]],
        ["remote", ["disconnect", true]],
      ],
    );
    await gone;
    assert.equal(answers[4], "yes");
    assert.deepEqual(
      got.b?.map(([name]) => name),
      ["in new", "ready?"],
    );
  });
});
