// Where sessions are that have moved to other shards.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ForwardingAddresses } from "../../../../../glue/adapter/shards/sessions/forwarding-addresses.ts";
import { CountedStorage } from "../../../../support/counted-storage.ts";

const MAX = 32_768;

const countRows = (rows: CountedStorage): number => [...rows.list("")].length;

test("so many are remembered, and survive a sleep", () => {
  const rows = new CountedStorage();
  const forwards = new ForwardingAddresses(rows);
  for (let number = 0; number <= MAX; number++) forwards.put(`p${number}`, { to: 1, times: 1 });
  assert.equal(countRows(rows), MAX);
  const later = new ForwardingAddresses(rows);
  assert.equal(later.get("p0"), undefined);
  assert.deepEqual(later.get("p1"), { to: 1, times: 1 });
  assert.deepEqual(later.get(`p${MAX}`), { to: 1, times: 1 });
  // One that moves again is the latest.
  later.put("p1", { to: 3, times: 2 });
  later.put("one more", { to: 2, times: 3 });
  assert.deepEqual(later.get("p1"), { to: 3, times: 2 });
  assert.equal(later.get("p2"), undefined);
  assert.equal(countRows(rows), MAX);
});

test("one that is over is forgotten, and none is when the application deletes everything", () => {
  const rows = new CountedStorage();
  new ForwardingAddresses(rows).put("a", { to: 1, times: 1 });
  const forwards = new ForwardingAddresses(rows);
  rows.wipe();
  assert.deepEqual(forwards.get("a"), { to: 1, times: 1 });
  assert.equal(countRows(rows), 1);
  forwards.delete("a");
  assert.equal(forwards.get("a"), undefined);
  assert.equal(countRows(rows), 0);
});

test("of sessions of other shards nothing is written", () => {
  const rows = new CountedStorage();
  const forwards = new ForwardingAddresses(rows);
  forwards.pass("a", { to: 1, times: 2 });
  assert.deepEqual(forwards.get("a"), { to: 1, times: 2 });
  assert.equal(countRows(rows), 0);
  for (let number = 0; number < MAX; number++) forwards.pass(`p${number}`, { to: 1, times: 1 });
  assert.equal(forwards.get("a"), undefined);
});
