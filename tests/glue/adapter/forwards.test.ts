// Where sessions are that have moved to other shards.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Forwards } from "../../../glue/adapter/cluster/forwards.ts";
import type { OwnStorage } from "../../../glue/engine/host.ts";

const MAX = 32_768;

/** What outlives a sleep, and what an application deletes. */
class Rows implements OwnStorage {
  readonly maxValueBytes = 2_000_000;
  readonly values = new Map<string, unknown>();
  #rewrite = (): void => {};
  #prepare = (): void => {};

  get(key: string): unknown {
    return this.values.get(key);
  }

  list(prefix: string): [string, unknown][] {
    return [...this.values].filter(([key]) => key.startsWith(prefix));
  }

  put(key: string, value: unknown): void {
    this.values.set(key, structuredClone(value));
  }

  delete(key: string): void {
    this.values.delete(key);
  }

  onLoss(rewrite: () => void, prepare = (): void => {}): void {
    this.#rewrite = rewrite;
    this.#prepare = prepare;
  }

  lose(): void {
    this.#prepare();
    this.values.clear();
    this.#rewrite();
  }
}

test("so many are remembered, and survive a sleep", () => {
  const rows = new Rows();
  const forwards = new Forwards(rows);
  for (let number = 0; number <= MAX; number++) forwards.put(`p${number}`, { to: 1, times: 1 });
  assert.equal(rows.values.size, MAX);
  const later = new Forwards(rows);
  assert.equal(later.get("p0"), undefined);
  assert.deepEqual(later.get("p1"), { to: 1, times: 1 });
  assert.deepEqual(later.get(`p${MAX}`), { to: 1, times: 1 });
  later.put("one more", { to: 2, times: 3 });
  assert.equal(rows.values.size, MAX);
});

test("one that is over is forgotten, and none is when the application deletes everything", () => {
  const rows = new Rows();
  new Forwards(rows).put("a", { to: 1, times: 1 });
  const forwards = new Forwards(rows);
  rows.lose();
  assert.deepEqual(forwards.get("a"), { to: 1, times: 1 });
  assert.equal(rows.values.size, 1);
  forwards.delete("a");
  assert.equal(forwards.get("a"), undefined);
  assert.equal(rows.values.size, 0);
});

test("of sessions of other shards nothing is written", () => {
  const rows = new Rows();
  const forwards = new Forwards(rows);
  forwards.pass("a", { to: 1, times: 2 });
  assert.deepEqual(forwards.get("a"), { to: 1, times: 2 });
  assert.equal(rows.values.size, 0);
  for (let number = 0; number < MAX; number++) forwards.pass(`p${number}`, { to: 1, times: 1 });
  assert.equal(forwards.get("a"), undefined);
});
