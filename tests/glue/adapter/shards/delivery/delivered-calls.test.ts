// What shards have performed already: once each, and whoever asks again gets the answer or an error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DeliveredCalls } from "../../../../../glue/adapter/shards/delivery/delivered-calls.ts";
import { Random } from "../../../../soak/random.ts";

const origin = (number: number, life = "life", channel = 0) => ({
  shard: 1,
  life,
  channel,
  number,
});

/** Of calls that are performed, the numbers in their order; `tell` makes one. */
function makeTelling() {
  const deliveries = new DeliveredCalls();
  const told: number[] = [];
  const tell = (number: number, life?: string, channel?: number): unknown =>
    deliveries.once(origin(number, life, channel), () => told.push(number));
  return { told, tell };
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

test("a question that is asked again has its answer, or an error once that is kept no more", () => {
  const deliveries = new DeliveredCalls();
  let performed = 0;
  const ask = (number: number) =>
    deliveries.ask(origin(number), () => {
      performed += 1;
      return number;
    });
  for (let number = 1; number <= 101; number++) assert.equal(ask(number), number);
  assert.equal(ask(2), 2);
  // Not an answer without anybody in it.
  assert.throws(() => ask(1), /kept no more/);
  assert.equal(performed, 101);
  assert.equal(
    deliveries.once(origin(1), () => "again"),
    undefined,
  );
});

test("a call that comes however late is performed, once", () => {
  const { told, tell } = makeTelling();
  const others = upTo(10_000).filter((number) => number !== 7 && number !== 5_000);
  for (const number of others) tell(number);
  // Their home has failed, and they came by another way.
  for (let times = 0; times < 2; times++) for (const number of [5_000, 7, 1, 10_000]) tell(number);
  assert.deepEqual(told, [...others, 5_000, 7]);
});

test("of calls that mostly go elsewhere, too; what nobody can know any more is an error, and not performed", () => {
  const { told, tell } = makeTelling();
  const due = upTo(300).map((at) => 10 * at);
  for (const number of due) tell(number);
  // A hundred of these have come since.
  tell(2_005);
  tell(2_005);
  assert.deepEqual(told, [...due, 2_005]);
  for (const number of [1, 10, 15]) assert.throws(() => tell(number), /too late to know/);
  assert.deepEqual(told, [...due, 2_005]);
});

test("what a shard's last life has sent may come behind calls of this one: each is performed once", () => {
  const { told, tell } = makeTelling();
  for (const life of ["first", "second"]) for (const number of [1, 2]) tell(number, life);
  for (const [number, life] of [
    [3, "first"],
    [2, "first"],
    [1, "second"],
    [3, "second"],
  ] as const) {
    tell(number, life);
  }
  tell(2, "second", 1);
  assert.deepEqual(told, [1, 2, 1, 2, 3, 3, 2]);
});

test("numbers in any order, again and again: each is performed once", () => {
  const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? performance.timeOrigin % 2 ** 31);
  const random = new Random(seed);
  for (let round = 0; round < 20; round++) {
    const { told, tell } = makeTelling();
    const numbers = upTo(200).filter(() => random.below(3) > 0);
    const unsaid = [...numbers, ...numbers, ...numbers];
    while (unsaid.length > 0) {
      const [number] = unsaid.splice(random.below(Math.min(unsaid.length, 100)), 1);
      tell(number as number);
    }
    const sorted = told.toSorted((one, other) => one - other);
    assert.deepEqual(sorted, numbers, `round ${round}, seed ${seed}`);
  }
});
