// What homes know of members, where the storage does not take it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HomeTable } from "../../../../../glue/adapter/shards/homes/home-table.ts";
import { CountedStorage } from "../../../../support/counted-storage.ts";

/** A storage that is full now and then. */
class FullStorage extends CountedStorage {
  isFull = false;

  override put(key: string, value: unknown): void {
    if (this.isFull) throw new Error("the storage is full");
    super.put(key, value);
  }

  override delete(key: string): void {
    if (this.isFull) throw new Error("the storage is full");
    super.delete(key);
  }
}

/** What a home knows after a sleep. */
const afterSleep = (storage: CountedStorage, room: string) =>
  new HomeTable(storage).shardsWith("/", room);

test("a member that cannot be written down is an error, and is written when it is told again", () => {
  const storage = new FullStorage();
  const table = new HomeTable(storage);
  table.add("/", "x", 1);
  for (const room of ["x", "y"]) {
    storage.isFull = true;
    assert.throws(() => table.add("/", room, 2), /full/);
    storage.isFull = false;
    table.add("/", room, 2);
  }
  assert.deepEqual(afterSleep(storage, "x"), [1, 2]);
  assert.deepEqual(afterSleep(storage, "y"), [2]);
});

test("that there is no member any more is found out again where it could not be written down", () => {
  const storage = new FullStorage();
  const table = new HomeTable(storage);
  for (const shard of [1, 2]) table.add("/", "x", shard);
  for (const [shard, rest] of [
    [1, [2]],
    [2, []],
  ] as const) {
    storage.isFull = true;
    table.remove("/", "x", shard, table.now);
    storage.isFull = false;
    table.remove("/", "x", shard, table.now);
    assert.deepEqual([table.shardsWith("/", "x"), afterSleep(storage, "x")], [rest, rest]);
  }
});
