// What waits for a change of members to arrive: in order, and not without an end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SendQueue } from "../../../../../glue/adapter/shards/delivery/send-queue.ts";

const MEGABYTE = "x".repeat(2 ** 19);

/** A queue whose change has been sent, and is answered when the test wants it. */
function make() {
  const outgoing = new SendQueue();
  const sent: number[] = [];
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  outgoing.change({ kind: "socketsJoin" }, () => answered);
  const send = (number: number, data: unknown = "") =>
    outgoing.send({ kind: "broadcast", data }, () => {
      sent.push(number);
      return undefined;
    });
  return { outgoing, sent, send, answer };
}

/** How many of so many are taken. */
function fill(send: ReturnType<typeof make>["send"], most: number, data: unknown): number {
  let count = 0;
  while (count < most && send(count, data)) count += 1;
  return count;
}

const list = (count: number) => Array.from({ length: count }, (_, number) => number);

for (const [what, data, least] of [
  ["text", MEGABYTE, 15],
  ["bytes", new Uint8Array(2 ** 20), 15],
  ["what is nested", { a: [new Map([["key", new Set([MEGABYTE])]])] }, 15],
  ["small calls", 1, 10_000],
] as const) {
  test(`16 MiB wait, and no more, until what holds them up has an end: ${what}`, async () => {
    const { sent, send, answer } = make();
    const count = fill(send, 100_000, data);
    assert.ok(count >= least && count < 50_000, `${count}`);
    assert.equal(send(-1, data), false);
    assert.deepEqual(sent, []);
    answer();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(sent, list(count));
    assert.equal(send(-2, data), true);
    assert.equal(sent.at(-1), -2);
  });
}

test("changes that wait count as well; one that is too large by itself does not keep out smaller ones", async () => {
  const { outgoing, sent, send, answer } = make();
  const run = () => undefined;
  assert.equal(outgoing.change({ change: Array(17).fill(MEGABYTE) }, run), false);
  assert.equal(outgoing.change({ change: Array(15).fill(MEGABYTE) }, run), true);
  assert.equal(send(0, MEGABYTE), false);
  assert.equal(send(1), true);
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sent, [1]);
});

test("what leaves at once is as large as it likes", () => {
  const outgoing = new SendQueue();
  const data = Array(40).fill(MEGABYTE);
  let runs = 0;
  for (let number = 0; number < 3; number++) {
    const run = () => {
      runs += 1;
      return undefined;
    };
    assert.equal(outgoing.send({ data }, run), true);
  }
  assert.equal(runs, 3);
});
