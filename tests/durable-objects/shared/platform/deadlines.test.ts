// Several deadlines, of which the platform is told the earliest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines } from "../../../../durable-objects/shared/platform/deadlines.ts";

function make() {
  const told: (number | null)[] = [];
  const failures: string[] = [];
  const deadlines = new Deadlines(
    (earliest) => told.push(earliest),
    (error, name) => failures.push(`${name}: ${(error as Error).message}`),
  );
  return { deadlines, told, failures };
}

test("the earliest is told with each change, and once for all that ring together", () => {
  const { deadlines, told } = make();
  const rung: string[] = [];
  const ring = (name: string, next: number | null) => () => {
    rung.push(name);
    deadlines.set(name, next, ring(name, null));
  };
  deadlines.set("b", 20, ring("b", null));
  deadlines.set("a", 10, ring("a", 50));
  deadlines.set("c", 90, ring("c", null));
  deadlines.set("d", 5, ring("d", null));
  deadlines.set("d", null, () => {});
  assert.deepEqual(told.splice(0), [20, 10, 10, 5, 10]);
  deadlines.ring(30);
  assert.deepEqual([rung.splice(0), told.splice(0)], [["a", "b"], [50]]);
  assert.equal(deadlines.isOnly("c"), false);
  // After a sleep nobody remembers whose time it was.
  deadlines.ringAll(40);
  assert.deepEqual([rung, told], [["a", "c"], [null]]);
});

test("who neither moves nor clears a deadline is rung again, also where a clock was set back meanwhile", () => {
  const { deadlines, told } = make();
  let count = 0;
  deadlines.set("heartbeat", 10_000, () => count++);
  deadlines.ring(10_000);
  assert.deepEqual([count, told.at(-1)], [1, 11_000]);
  deadlines.ring(10_500);
  assert.equal(count, 1);
  deadlines.ring(11_000);
  assert.deepEqual([count, told.at(-1)], [2, 12_000]);
});

test("one that throws is told of, and the others are rung", () => {
  const { deadlines, failures, told } = make();
  let isRung = false;
  deadlines.set("first", 1, () => {
    throw new Error("no");
  });
  deadlines.set("second", 2, () => {
    isRung = true;
    deadlines.set("second", null, () => {});
  });
  deadlines.ring(2);
  assert.deepEqual([isRung, failures, told.at(-1)], [true, ["first: no"], 1_002]);
});
