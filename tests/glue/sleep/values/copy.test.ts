/** Copies, and the content of a copy in the objects that others hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { copyOf, putBack } from "../../../../glue/sleep/values/copy.ts";

test("a copy shares nothing that can change; the way back puts it into the same objects", () => {
  const make = () => ({
    nested: { list: [{ a: 1 }] },
    map: new Map([["key", { b: 1 }]]),
    set: new Set([1, 2]),
    at: new Date(5),
    bytes: Buffer.from("abc"),
    words: Uint16Array.of(1, 2),
    memory: Uint8Array.of(1).buffer,
  });
  const value = make();
  const parts = { ...value, first: value.nested.list[0], inMap: value.map.get("key") };
  const copy = copyOf(value);
  assert.deepEqual(copy, value);
  value.nested.list[0] = { a: 2 };
  value.nested.list.push({ a: 3 });
  (value.map.get("key") as { b: number }).b = 2;
  value.map.set("more", { b: 3 });
  value.set.delete(1);
  value.at.setTime(6);
  value.bytes.write("x");
  value.words[0] = 7;
  new Uint8Array(value.memory)[0] = 7;
  Object.assign(value, { added: 1 });
  assert.equal(putBack(value, copy), value);
  assert.deepEqual(value, make());
  assert.ok(Buffer.isBuffer(value.bytes));
  assert.deepEqual({ ...value, first: parts.first, inMap: value.map.get("key") }, parts);
  for (const key of ["nested", "map", "set", "at", "bytes", "words", "memory"] as const) {
    assert.equal(value[key], parts[key], key);
  }
  assert.equal(value.map.get("key"), parts.inMap);
});

test("what is of another kind is replaced; setters are not run", () => {
  assert.deepEqual(putBack({ a: [1], b: {} }, { a: { x: 1 }, b: 1 }), { a: { x: 1 }, b: 1 });
  assert.equal(putBack({ a: 1 }, undefined), undefined);
  const kept = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
  for (const result of [putBack({}, copyOf(kept)), copyOf(kept)] as Record<string, unknown>[]) {
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
    assert.equal(result.polluted, undefined);
    assert.deepEqual(Object.keys(result), ["__proto__"]);
  }
});

test("objects that are inside of themselves", () => {
  const value: Record<string, unknown> = { n: 1 };
  value.self = value;
  const copy = copyOf(value) as Record<string, unknown>;
  assert.equal(copy.self, copy);
  value.n = 2;
  assert.equal(putBack(value, copy), value);
  assert.equal(value.n, 1);
  assert.equal(value.self, value);
});

test("what is no container is the same in a copy", () => {
  const value = { call: () => {}, error: new Error("x"), instance: new (class User {})() };
  assert.deepEqual(copyOf(value), value);
  assert.equal((copyOf(value) as typeof value).instance, value.instance);
});
