// Announcements to homes: how often these are called, and how many wait for a home that does not answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AnnouncementQueue } from "../../../../../glue/adapter/shards/homes/announcement-queue.ts";
import type { ShardPart } from "../../../../../glue/adapter/shards/messages/shard-messages.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("a clock that is set back holds nobody up", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const clock = { time: 1_000_000_000 };
  const sent: ShardPart[] = [];
  const send = async (_home: number, part: ShardPart) => {
    sent.push(part);
    return { value: undefined };
  };
  const announcements = new AnnouncementQueue(send, () => clock.time);
  for (const room of ["a", "b"]) {
    void announcements.send(1, { kind: "announce", namespace: "/", room });
    await settle();
    clock.time -= 3_600_000;
  }
  assert.equal(sent.length, 2);
});

for (const [what, count, room] of [
  ["20,000 announcements", 20_000, "a"],
  ["a million characters of names", 105, "a".repeat(9_999)],
] as const) {
  test(`a home that never answers is waited for by ${what}, and not by more`, async () => {
    let answer = (): void => {};
    const sent: ShardPart[] = [];
    const send = (_home: number, part: ShardPart) => {
      sent.push(part);
      return new Promise<{ value: unknown }>((resolve) => {
        answer = () => resolve({ value: undefined });
      });
    };
    const announcements = new AnnouncementQueue(send, () => 0);
    const errors: unknown[] = [];
    const announce = async (name: string) => {
      const given = await announcements.send(1, { kind: "announce", namespace: "/", room: name });
      if ("error" in given) errors.push(given.error);
    };
    void announce("first");
    await settle();
    for (let number = 0; number < count; number++) void announce(room);
    await settle();
    assert.deepEqual([sent.length, errors], [1, []]);
    void announce("too much");
    await settle();
    assert.deepEqual(errors, ["it has too much to do"]);
    answer();
    await settle();
    void announce("again");
    await settle();
    assert.equal(errors.length, 1);
  });
}
