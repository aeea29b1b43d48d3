// Ids of messages that are performed once: how long they are remembered, and in how many rows.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { checkMessage } from "../../../../glue/adapter/calls/call-checks.ts";
import { UsedMessageIds } from "../../../../glue/adapter/calls/used-message-ids.ts";
import { CountedStorage } from "../../../support/counted-storage.ts";

/** What outlives a sleep. */
let rows: CountedStorage;
let used: UsedMessageIds;

beforeEach(() => {
  rows = new CountedStorage();
  used = new UsedMessageIds(rows);
});

function use(from: number, to: number, now: number): void {
  for (let n = from; n < to; n++) used.use(`id-${n}`, now + 1000, now)();
}

const isUsed = (n: number, now = 0) => {
  try {
    used.use(`id-${n}`, now + 1000, now);
    return false;
  } catch (error) {
    assert.equal((error as { refusal?: string }).refusal, "used");
    return true;
  }
};

describe("used ids", () => {
  test("outlive a sleep, and a storage that was wiped", () => {
    use(0, 200, 0);
    assert.equal([...rows.list("")].length, 4);
    used = new UsedMessageIds(rows);
    assert.ok([0, 63, 64, 199].every((n) => isUsed(n)));
    rows.wipe();
    used = new UsedMessageIds(rows);
    assert.ok([0, 63, 64, 199].every((n) => isUsed(n)));
  });

  test("are not written with others that are done before them: if the object ends, they are sent again", () => {
    const slow = used.use("id-0", 1000, 0);
    used.use("id-1", 1000, 0)();
    assert.throws(() => used.use("id-0", 3000, 0), /has been performed/);
    const started = new UsedMessageIds(rows);
    assert.throws(() => started.use("id-1", 1000, 0), /has been performed/);
    started.use("id-0", 1000, 0);
    slow();
    used = new UsedMessageIds(rows);
    assert.throws(() => used.use("id-0", 1000, 2999), /has been performed/);
  });

  test("are remembered as long as what came again could be sent again, also past a sleep", () => {
    used.use("id-0", 1000, 0)();
    assert.throws(() => used.use("id-0", 3000, 900), /has been performed/);
    // What came first, once more.
    rows.writes.length = 0;
    assert.throws(() => used.use("id-0", 1000, 950), /has been performed/);
    assert.deepEqual(rows.writes, []);
    used = new UsedMessageIds(rows);
    assert.throws(() => used.use("id-0", 3000, 2999), /has been performed/);
    used.use("id-0", 9000, 3001);
  });

  test("are forgotten when their time is over, and their rows used again", () => {
    use(0, 200, 0);
    used = new UsedMessageIds(rows);
    use(200, 400, 1001);
    assert.equal([...rows.list("")].length, 4);
    assert.equal(isUsed(200, 1001), true);
    assert.equal(isUsed(0, 1001), false);
    // What the application deleted leaves gaps: what is kept is not overwritten.
    rows.delete("cluster:used:0");
    used = new UsedMessageIds(rows);
    const kept = [...rows.list("")].map(([key]) => key);
    const before = kept.map((key) => String(rows.get(key)).split(" ")[0]);
    use(400, 600, 1500);
    assert.deepEqual(
      kept.map((key) => String(rows.get(key)).split(" ")[0]?.split(",")[1]),
      before.map((stored) => stored?.split(",")[1]),
    );
  });

  test("of one row last as long as the one that lasts longest", () => {
    used.use("long", 1000, 0)();
    used.use("short", 500, 0)();
    assert.throws(() => used.use("long", 1600, 600), { refusal: "used" });
    used = new UsedMessageIds(rows);
    assert.throws(() => used.use("long", 1600, 600), { refusal: "used" });
  });

  test("are so many, and no more", () => {
    for (let n = 0; n < 50_000; n++) used.use(`id-${n}`, 1000, 0);
    assert.throws(() => used.use("one more", 1000, 0), { refusal: "full" });
    assert.equal(isUsed(0), true);
    used.use("one more", 3000, 1001)();
    assert.equal(isUsed(0, 1001), false);
  });

  test("are written when it is said, not before", () => {
    const note = used.use("id", 1000, 0);
    assert.equal([...rows.list("")].length, 0);
    note();
    assert.deepEqual([...rows.list("")], [["cluster:used:0", [1000, "id"]]]);
  });
});

test("what a message says of itself, and of being performed once, is checked", () => {
  const check = (more: object) => checkMessage({ version: 1, calls: [], ...more }, 0);
  assert.equal(check({}).once, undefined);
  const right = { id: "a_B:9-", until: 600_000 };
  assert.deepEqual(check({ once: right }).once, right);
  assert.equal(check({ id: "a_B:9-" }).id, "a_B:9-");
  for (const id of [null, 1, "", "a b", "x".repeat(65)]) {
    assert.throws(() => check({ id }), TypeError);
  }
  const wrong = [
    null,
    "id",
    {},
    { id: "a" },
    { id: "", until: 1 },
    { id: "a b", until: 1 },
    { id: "x".repeat(65), until: 1 },
    { id: 1, until: 1 },
    { id: "a", until: Number.NaN },
    { id: "a", until: "1" },
    { id: "a", until: 600_001 },
  ];
  for (const once of wrong) assert.throws(() => check({ once }), TypeError);
});
