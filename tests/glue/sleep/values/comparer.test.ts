/** Changes of a value are found by looking at it again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Comparer, restore } from "../../../../glue/sleep/values/comparer.ts";

/** Whether a look finds that `change` has changed the value. */
function isSeen<T>(value: T, change: (value: T) => unknown): boolean {
  const comparer = new Comparer();
  const objects: object[] = [];
  const objectsBefore: object[] = [];
  const image = comparer.compare(value, undefined, objects);
  assert.equal(comparer.compare(value, image, objects), image);
  assert.deepEqual([comparer.hasChanged, comparer.hasOthers], [false, false], "nothing has yet");
  assert.equal(comparer.isSame(value, image, objects), true);
  const imageBefore = comparer.compare(value, undefined, objectsBefore);
  const before = structuredClone(value);
  change(value);
  const isSame = comparer.isSame(value, image);
  const next = comparer.compare(value, image, objects);
  const hasChanged = comparer.hasChanged;
  assert.equal(isSame, !hasChanged, "whoever compares finds the same");
  comparer.compare(value, next, objects);
  assert.deepEqual([comparer.hasChanged, comparer.hasOthers], [false, false], "it was noted");
  assert.equal(restore(imageBefore, objectsBefore), value, "it is made what it was before");
  assert.deepEqual(structuredClone(value), before);
  const now: object[] = [];
  comparer.compare(value, undefined, now);
  assert.equal(now.length, objectsBefore.length);
  for (const [index, object] of now.entries()) assert.equal(object, objectsBefore[index]);
  return hasChanged;
}

const CHANGES: Record<string, () => boolean> = {
  "a field": () => isSeen({ a: 1 } as { a: unknown }, (value) => (value.a = 2)),
  "a field that is new": () =>
    isSeen<Record<string, unknown>>({}, (value) => (value.a = undefined)),
  "a field less": () => isSeen({ a: 1 } as { a?: number }, (value) => delete value.a),
  "another field instead": () =>
    isSeen({ a: undefined } as Record<string, unknown>, (value) => {
      delete value.a;
      value.b = undefined;
    }),
  "-0 for 0": () => isSeen({ a: 0 }, (value) => (value.a = -0)),
  "inside of a list": () =>
    isSeen({ list: [{ a: 1 }] }, ({ list }) => ((list[0] as { a: number }).a = 2)),
  "a longer list": () => isSeen({ list: [1] }, ({ list }) => list.push(2)),
  "a shorter list": () => isSeen({ list: [1, 2] }, ({ list }) => list.pop()),
  "the order of fields": () =>
    isSeen<Record<string, unknown>>({ a: {}, b: [] }, (value) => {
      const { a } = value;
      delete value.a;
      value.a = a;
    }),
  "a list for an object": () => isSeen({ a: {} as unknown }, (value) => (value.a = [])),
  "an object for a list": () => isSeen({ a: [] as unknown }, (value) => (value.a = {})),
  "inside of a map": () =>
    isSeen(new Map([["a", { b: 1 }]]), (map) => ((map.get("a") as { b: number }).b = 2)),
  "a key of a map": () => isSeen(new Map([["a", 1]]), (map) => map.set("b", 1) && map.delete("a")),
  "the order of a map": () =>
    isSeen(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
      (map) => map.delete("a") && map.set("a", 1),
    ),
  "inside of a set": () => isSeen(new Set([{ a: 1 }]), (set) => ([...set][0] as { a: number }).a++),
  "a date": () => isSeen({ at: new Date(0) }, ({ at }) => at.setTime(1)),
  bytes: () => isSeen({ bytes: Uint8Array.of(1, 2) }, ({ bytes }) => (bytes[1] = 3)),
  "a buffer": () => isSeen({ bytes: Buffer.from("ab") }, ({ bytes }) => bytes.write("c")),
  memory: () => isSeen({ m: new ArrayBuffer(2) }, ({ m }) => (new Uint8Array(m)[0] = 1)),
  "the kind of a view": () =>
    isSeen({ v: Uint8Array.of(1, 0) as unknown }, (value) => (value.v = Uint16Array.of(1))),
  "another pattern": () => isSeen({ r: /a/ }, (value) => (value.r = /a/)),
  "a field of an instance": () =>
    isSeen(
      {
        user: new (class User {
          name = "a";
        })(),
      },
      ({ user }) => (user.name = "b"),
    ),
  "__proto__ as a field": () =>
    isSeen(JSON.parse('{"__proto__":{"a":1}}') as Record<string, { a: number }>, (value) => {
      (Object.entries(value)[0]?.[1] as { a: number }).a = 2;
    }),
  "where an object is inside of itself": () =>
    isSeen({ a: {} as Record<string, unknown>, n: 1 }, (value) => (value.a.up = value)),
  "which object around itself it refers to": () => {
    const value = { inner: {} as Record<string, unknown> };
    value.inner.up = value;
    return isSeen(value, () => (value.inner.up = value.inner));
  },
  "beside a cycle": () => {
    const value: Record<string, unknown> = { n: 1 };
    value.self = value;
    value.list = [value];
    return isSeen(value, () => (value.n = 2));
  },
};

for (const [name, probe] of Object.entries(CHANGES)) {
  test(`seen: ${name}`, () => assert.equal(probe(), true));
}

test("what is the same is no change, whichever object holds it", () => {
  assert.equal(
    isSeen({ a: { b: 1 } }, (value) => (value.a = { b: 1 })),
    false,
  );
  assert.equal(
    isSeen({ a: Number.NaN }, (value) => (value.a = Number.NaN)),
    false,
  );
});

test("what is nested too deep, or has too many parts, counts as changed", () => {
  const comparer = new Comparer();
  const deep = JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`);
  let twice: unknown[] = [];
  for (let i = 0; i < 40; i++) twice = [twice, twice];
  for (const value of [deep, twice]) {
    const image = comparer.compare(value, undefined);
    comparer.compare(value, image);
    assert.deepEqual([comparer.hasChanged, comparer.isWhole], [true, false]);
    assert.equal(comparer.isSame(value, image), false);
  }
  comparer.compare([], undefined);
  assert.equal(comparer.isWhole, true);
});

test("what is more than data is noticed: instances of the application's classes, functions", () => {
  class User {}
  const data = { at: new Date(), map: new Map([[1, "x"]]), bytes: new Uint8Array(2), plain: {} };
  const comparer = new Comparer();
  for (const [value, holdsMore] of [
    [data, false],
    [{ ...data, user: new User() }, true],
    [{ list: [() => {}] }, true],
    [{ when: Promise.resolve() }, true],
    [data, false],
  ] as const) {
    comparer.compare(value, undefined);
    assert.equal(comparer.holdsMore, holdsMore);
  }
});
