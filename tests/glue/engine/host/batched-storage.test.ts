/** What is held in memory and written in batches. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { BatchedStorage, WRITE_DELAY } from "../../../../glue/engine/host/batched-storage.ts";
import { CountedStorage } from "../../../support/counted-storage.ts";

const fail = (error: unknown): never => {
  throw error;
};

test("changes are seen at once, and written once each after a while, as they are then", async () => {
  const storage = new CountedStorage();
  const batch = new BatchedStorage(storage, "data:", fail);
  const score = { points: 0 };
  for (let i = 0; i < 100; i++) {
    score.points += 1;
    batch.put("score", score);
  }
  batch.put("name", "a");
  batch.put("gone", 1);
  batch.delete("gone");
  assert.equal(batch.get("score"), score);
  assert.equal(batch.has("gone"), false);
  assert.equal(batch.isWaiting, true);
  assert.deepEqual(storage.writes, []);
  await delay(WRITE_DELAY * 3);
  assert.equal(batch.isWaiting, false);
  assert.deepEqual(storage.writes, ["put data:score", "put data:name", "delete data:gone"]);
  assert.deepEqual(storage.get("data:score"), { points: 100 });
});

test("flush() writes now; without a delay every change does", () => {
  const storage = new CountedStorage();
  const batch = new BatchedStorage(storage, "data:", fail);
  batch.put("a", 1);
  batch.flush();
  batch.flush();
  assert.deepEqual(storage.writes, ["put data:a"]);
  assert.equal(batch.isWaiting, false);
  const strict = new BatchedStorage(storage, "strict:", fail, 0);
  strict.put("b", 1);
  strict.put("b", 2);
  assert.deepEqual(storage.writes.slice(1), ["put strict:b", "put strict:b"]);
});

test("what was there is taken up, and of others nothing", () => {
  const storage = new CountedStorage();
  storage.put("data:a", 1);
  storage.put("other:a", 2);
  const batch = new BatchedStorage(storage, "data:", fail);
  assert.deepEqual([...batch.entries()], [["a", 1]]);
});

test("what was changed is as it was changed, though all is read before it is written", () => {
  const storage = new CountedStorage();
  for (const key of ["a", "b", "c"]) storage.put(`data:${key}`, "before");
  const batch = new BatchedStorage(storage, "data:", fail);
  batch.put("a", "after");
  batch.delete("b");
  assert.deepEqual(batch.entries(), [
    ["a", "after"],
    ["c", "before"],
  ]);
  batch.flush();
  assert.deepEqual(
    [...storage.list("")],
    [
      ["data:a", "after"],
      ["data:c", "before"],
    ],
  );
});

test("what is lost is written again, with what had not been written yet", () => {
  const storage = new CountedStorage();
  const batch = new BatchedStorage(storage, "data:", fail);
  batch.put("a", 1);
  batch.flush();
  batch.put("b", 2);
  storage.wipe();
  assert.deepEqual(
    [...storage.list("")],
    [
      ["data:b", 2],
      ["data:a", 1],
    ],
  );
  assert.equal(batch.isWaiting, false);
});

test("what cannot be written is told of, stays in memory, and keeps nothing else from being written", () => {
  const storage = new CountedStorage();
  const failures: string[] = [];
  const batch = new BatchedStorage(storage, "data:", (_error, key) => failures.push(key));
  batch.put("bad", () => {});
  batch.put("good", 1);
  batch.flush();
  assert.deepEqual(failures, ["bad"]);
  assert.deepEqual([...storage.list("")], [["data:good", 1]]);
  assert.equal(typeof batch.get("bad"), "function");
});
