// Calls of emitters that come again are not performed again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_ANSWERS, PerformedCalls } from "../../../../glue/adapter/calls/performed-calls.ts";

test("a question that is asked again has the answer of before, as long as that is kept, and is never asked anew", () => {
  const performed = new PerformedCalls();
  let asked = 0;
  const ask = (call: string): unknown => performed.ask(call, () => ++asked);
  assert.deepEqual([ask("a"), ask("a")], [1, 1]);
  for (let count = 0; count < MAX_ANSWERS; count++) ask(`other ${count}`);
  assert.throws(() => ask("a"), /its answer is kept no more/);
  assert.equal(asked, MAX_ANSWERS + 1);
});

test("what is told again is told once, and answered by nothing", () => {
  const performed = new PerformedCalls();
  let told = 0;
  const tell = (): unknown => performed.once("a", () => ++told);
  assert.deepEqual([tell(), tell(), told], [1, undefined, 1]);
  assert.equal(performed.has("a"), true);
  assert.equal(performed.has("b"), false);
});
