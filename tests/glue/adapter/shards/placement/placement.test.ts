// Ids that say which shard made them, and names that look like one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { keyedHash } from "../../../../../glue/adapter/shards/placement/keyed-hash.ts";
import {
  hash,
  MAX_SHARDS,
  ShardIds,
} from "../../../../../glue/adapter/shards/placement/placement.ts";

/** A text whose UTF-16 units are these bytes, two by two. */
const unitsOf = (length: number): string =>
  Array.from({ length: length / 2 }, (_, at) =>
    String.fromCharCode(2 * at + 256 * (2 * at + 1)),
  ).join("");

test("the hash is HalfSipHash-2-4, by the vectors of its authors", () => {
  const key = [0x03020100, 0x07060504] as const;
  const vectors = { 0: 0x5b9f35a9, 2: 0x03a662fa, 4: 0x89466e2a } as Record<string, number>;
  for (const [length, expected] of Object.entries(vectors)) {
    assert.equal(keyedHash(key, unitsOf(Number(length))), expected, length);
  }
});

test("what rows and ids are found by does not change from one version to the next", () => {
  assert.deepEqual(
    ["", "a", "b", "ab", "ba", "\u1234"].map(hash),
    [0xab3e7c0b, 0x1a80b1b3, 0x82c46232, 0x98cc640d, 0x241c5d95, 0xf50f0ef4],
  );
});

test("a marked id tells its shard to those who have the secret, and to nobody else", () => {
  const ids = new ShardIds("secret");
  const others = new ShardIds("another secret");
  for (const shard of [0, 1, 63, 64, MAX_SHARDS - 1]) {
    const id = ids.mark("abcdefghijklmnopqrst", shard);
    assert.match(id, /^[\w-]{20}$/);
    assert.equal(ids.shardOf(id), shard);
    assert.equal(ids.homeAmong(3, "/", id), shard);
    assert.equal(others.shardOf(id), undefined);
    assert.ok(others.homeAmong(3, "/", id) < 3);
  }
});

test("no two of many guesses are taken for ids", () => {
  const ids = new ShardIds("secret");
  const taken = Array.from({ length: 20_000 }, (_, n) => String(n).padStart(20, "A"));
  assert.ok(taken.filter((name) => ids.shardOf(name) !== undefined).length <= 2);
});
