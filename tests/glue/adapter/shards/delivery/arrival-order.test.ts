// The order in which a shard performs what comes by way of several homes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArrivalOrder } from "../../../../../glue/adapter/shards/delivery/arrival-order.ts";
import { PATIENCE } from "../../../../../glue/adapter/shards/delivery/calls-under-way.ts";
import type {
  Earlier,
  Origin,
} from "../../../../../glue/adapter/shards/messages/shard-messages.ts";

const origin = (channel: number, number: number): Origin => {
  return { shard: 1, life: "life", channel, number };
};
const nameOf = ({ channel, number }: Origin): string => `${channel}.${number}`;

/** What was performed, by homes and numbers; what is `expected` has not come. */
function make(...expected: Origin[]) {
  const missing = new Set(expected.map(nameOf));
  const performed: string[] = [];
  const arrivals = new ArrivalOrder(({ origin }) => missing.has(nameOf(origin)));
  const arrive = (of: Origin, ...before: Origin[]): unknown => {
    const earlier = before.map((one): Earlier => ({ origin: one, namespace: "/", rooms: [] }));
    return arrivals.perform(of, earlier, () => {
      missing.delete(nameOf(of));
      performed.push(nameOf(of));
      return nameOf(of);
    });
  };
  return { arrivals, arrive, performed };
}

test("a message waits for those before it that come here, whatever else comes; the rest of its line waits behind it", async () => {
  const { arrivals, arrive, performed } = make(origin(2, 1));
  assert.equal(arrivals.whenPerformed(), undefined);
  const second = arrive(origin(3, 1), origin(2, 1));
  const third = arrive(origin(3, 2));
  // By another home, and of no concern to these.
  assert.equal(arrive(origin(4, 1)), "4.1");
  assert.deepEqual(performed, ["4.1"]);
  const all = arrivals.whenPerformed();
  assert.equal(arrive(origin(2, 1)), "2.1");
  assert.deepEqual(performed, ["4.1", "2.1", "3.1", "3.2"]);
  assert.deepEqual(await Promise.all([second, third]), ["3.1", "3.2"]);
  await all;
  assert.equal(arrivals.whenPerformed(), undefined);
});

test("it does not wait for ever, nor for what does not come here", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { arrive, performed } = make(origin(2, 1));
  assert.equal(arrive(origin(3, 1), origin(2, 9)), "3.1");
  const late = arrive(origin(3, 2), origin(2, 1));
  t.mock.timers.tick(PATIENCE - 1);
  assert.deepEqual(performed, ["3.1"]);
  t.mock.timers.tick(1);
  assert.deepEqual(performed, ["3.1", "3.2"]);
  assert.equal(await late, "3.2");
});

test("what one throws is its own, held back or not", async () => {
  const { arrivals, arrive, performed } = make(origin(2, 1));
  const fail = (): never => {
    throw new Error("no");
  };
  assert.throws(() => arrivals.perform(origin(4, 1), [], fail), /no/);
  const before: Earlier = { origin: origin(2, 1), namespace: "/", rooms: [] };
  const failing = arrivals.perform(origin(3, 1), [before], fail);
  const next = arrive(origin(3, 2));
  arrive(origin(2, 1));
  await assert.rejects(failing as Promise<unknown>, /no/);
  assert.equal(await next, "3.2");
  assert.deepEqual(performed, ["2.1", "3.2"]);
});
