// What shards have performed already: once each, and whoever asks again gets the answer or an error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Deliveries } from "../../../../glue/adapter/cluster/deliveries.ts";

const origin = (number: number) => ({ shard: 1, life: "life", channel: 0, number });

test("a question that is asked again has its answer, or an error once that is kept no more", () => {
  const deliveries = new Deliveries();
  let performed = 0;
  const ask = (number: number) =>
    deliveries.once(origin(number), true, () => {
      performed += 1;
      return number;
    });
  for (let number = 1; number <= 101; number++) assert.equal(ask(number), number);
  assert.equal(ask(2), 2);
  // Not an answer without anybody in it.
  assert.throws(() => ask(1), /kept no more/);
  assert.equal(performed, 101);
  assert.equal(
    deliveries.once(origin(1), false, () => "again"),
    undefined,
  );
});
