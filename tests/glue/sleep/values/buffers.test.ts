/** `Buffer`s are `Buffer`s again after a sleep. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { packBuffers, unpackBuffers } from "../../../../glue/sleep/values/buffers.ts";

function sleep<T>(value: T): T {
  const packed = packBuffers(value);
  const { value: cloned, paths } = structuredClone(packed);
  return unpackBuffers(cloned, paths) as T;
}

const text = (bytes: unknown): string => {
  assert.ok(Buffer.isBuffer(bytes), String(bytes));
  return String(bytes);
};

test("Buffers wherever they are", () => {
  const shared = Buffer.from("shared");
  const { root, list, map, set, inKey, twice } = sleep({
    root: Buffer.from("root"),
    list: [1, [Buffer.from("list")]],
    map: new Map([["key", { a: Buffer.from("map") }]]),
    inKey: new Map([[Buffer.from("in key"), 1]]),
    set: new Set([1, Buffer.from("set"), 2]),
    twice: [shared, { shared }] as [Buffer, { shared: Buffer }],
  });
  assert.equal(text(root), "root");
  assert.equal(text((list[1] as Buffer[])[0]), "list");
  assert.equal(text(map.get("key")?.a), "map");
  assert.equal(text([...inKey.keys()][0]), "in key");
  assert.deepEqual([...set].map(String), ["1", "set", "2"]);
  assert.ok(Buffer.isBuffer([...set][1]));
  assert.equal(twice[0], twice[1].shared);
  assert.equal(text(sleep(Buffer.from("alone"))), "alone");
});

test("other bytes stay what they are, and nothing is copied for nothing", () => {
  const value = {
    bytes: Uint8Array.of(1),
    words: Uint16Array.of(1),
    view: new DataView(new ArrayBuffer(1)),
  };
  assert.equal(packBuffers(value).value, value);
  const { bytes, words, view } = sleep({ ...value, buffer: Buffer.from("x") });
  assert.deepEqual({ bytes, words, view }, value);
  assert.ok(!Buffer.isBuffer(bytes));
});

test("a small Buffer does not take its pool along; the original is not touched", () => {
  const value = { small: Buffer.from("small") };
  const packed = packBuffers(value).value as typeof value;
  assert.equal(packed.small.buffer.byteLength, 5);
  assert.ok(Buffer.isBuffer(value.small));
});

test("objects that are inside of themselves", () => {
  const value: Record<string, unknown> = { buffer: Buffer.from("x") };
  value.self = value;
  const after = sleep(value);
  assert.equal(after.self, after);
  assert.equal(text(after.buffer), "x");
});
