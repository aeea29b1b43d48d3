// Announcements to homes: how often these are called.
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
