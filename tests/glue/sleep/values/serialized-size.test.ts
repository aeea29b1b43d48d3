// The size of values, against V8's own serializer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serialize } from "node:v8";
import { serializedSize } from "../../../../glue/sleep/values/serialized-size.ts";

const shared = { a: 1 };
const VALUES: Record<string, unknown> = {
  "small numbers": Array.from({ length: 10_000 }, (_, i) => i % 60),
  "all kinds of numbers": [
    0,
    -1,
    63,
    64,
    -64,
    2 ** 20,
    2 ** 29,
    -(2 ** 30),
    2 ** 31,
    1.5,
    Number.NaN,
    -0,
  ],
  texts: ["", "a".repeat(10_000), "ä".repeat(1_000), "\u{1F600}".repeat(5_000)],
  fields: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`key ${i}`, `value ${i}`])),
  "maps and sets": new Map([
    ["a", new Set([1, 2, "three"])],
    ["b", new Set()],
  ]),
  "one object many times": Array.from({ length: 1_000 }, () => shared),
  dates: Array.from({ length: 100 }, () => new Date()),
  bytes: [new Uint8Array(10_000), new ArrayBuffer(500), new Float64Array(100)],
  nothing: [null, undefined, true, false],
  "large integers": [1n, -(2n ** 500n)],
  "errors and patterns": [new RangeError("too far"), /a+b/giu],
};

for (const [what, value] of Object.entries(VALUES)) {
  test(`${what}: never less, and not much more`, () => {
    const [real, told] = [serialize(value).length, serializedSize(value)];
    assert.equal(told >= real, true, `${told} of ${real}`);
    assert.equal(told <= 1.6 * real + 200, true, `${told} of ${real}`);
  });
}
