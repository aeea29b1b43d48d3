// A storage that answers late, as PartyKit's: what is written fails later, perhaps when another value is there.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  LoadedStorage,
  type PlatformStorage,
} from "../../../../durable-objects/shared/storage/own-storage.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Each write waits until it is told how it ends. */
class LateStorage {
  readonly writes: { key: string; value: unknown; end(error?: Error): void }[] = [];
  readonly deleted: string[] = [];

  put(key: string, value: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error?: Error): void => (error ? reject(error) : resolve());
      this.writes.push({ key, value, end });
    });
  }

  async delete(key: string): Promise<boolean> {
    this.deleted.push(key);
    return true;
  }

  async list(): Promise<Map<string, unknown>> {
    return new Map();
  }

  async deleteAll(): Promise<void> {}

  async transaction(closure: (txn: never) => Promise<unknown>): Promise<unknown> {
    return closure(undefined as never);
  }
}

test("a value that is not kept after all is told of, and deleted; not if another has its place by then", async () => {
  const platform = new LateStorage();
  const reported: string[] = [];
  const storage = new LoadedStorage(platform as PlatformStorage, (error) => {
    reported.push((error as Error).message);
  });
  const told: string[] = [];
  storage.onFailure((key, error) => {
    told.push(`${key}: ${(error as Error).message}`);
    return key.startsWith("ours");
  });
  for (const [key, value] of [
    ["ours a", 1],
    ["ours a", 2],
    ["ours b", 3],
    ["other", 4],
  ] as const) {
    storage.put(key, value);
  }
  for (const [at, { end }] of platform.writes.entries()) {
    end(at === 1 ? undefined : new Error(`no ${at}`));
  }
  await settle();
  assert.deepEqual(told, ["ours b: no 2", "other: no 3"]);
  assert.deepEqual(reported, ["no 3"]);
  assert.deepEqual(platform.deleted, ["dormouse:ours b", "dormouse:other"]);
});
