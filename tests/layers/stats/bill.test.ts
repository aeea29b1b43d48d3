// What a month costs, by the examples of Cloudflare's pricing page, without what a plan includes.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerStats } from "../../../glue/socket.io/index.ts";
import { estimateBill } from "../../../layers/stats/index.ts";

const MINUTE = 60_000;

function statsOf(counted: Partial<ServerStats>): ServerStats {
  return {
    startedAt: 0,
    at: 60 * MINUTE,
    wokeAt: 0,
    connections: 0,
    naps: 0,
    slept: 0,
    lastNap: undefined,
    wakes: { message: 0, close: 0, heartbeat: 0, alarm: 0, request: 0, call: 0 },
    wakesPerHour: { message: 0, close: 0, heartbeat: 0, alarm: 0, request: 0, call: 0 },
    held: 0,
    awakeReasons: [],
    messages: 0,
    requests: 0,
    alarms: 0,
    rowsWritten: 0,
    ...counted,
  };
}

const near = (actual: number, expected: number): void => {
  assert.ok(Math.abs(actual - expected) < expected / 1_000, `${actual}, not ${expected}`);
};

test("a hundred clients that send a message a minute, of 10 ms each", () => {
  const { sleeping } = estimateBill(statsOf({ connections: 100, messages: 6_000 }));
  // A hundredth of the example's hundred objects.
  near(sleeping.requests, (100 * 60 * 24 * 30) / 20);
  near(sleeping.gigabyteSeconds, 43_200 * 0.128);
});

test("awake it costs its memory for the whole month, and the pongs", () => {
  const { awake, sleeping } = estimateBill(
    statsOf({ connections: 100, alarms: 144, rowsWritten: 144 }),
  );
  near(awake.gigabyteSeconds, 2_592_000 * 0.128);
  near(awake.requests, (100 * 2_592_000) / 25 / 20);
  near(awake.dollars, (awake.requests * 0.15 + awake.gigabyteSeconds * 12.5) / 1e6);
  near(sleeping.requests, 103_680);
  near(sleeping.rowsWritten, 103_680);
  assert.ok(sleeping.dollars < awake.dollars / 20);
});

test("what keeps it awake is billed, and never more than the time that it was awake", () => {
  const held = estimateBill(statsOf({ held: 30 * MINUTE }));
  near(held.sleeping.gigabyteSeconds, held.awake.gigabyteSeconds / 2);
  const most = estimateBill(statsOf({ held: 50 * MINUTE, slept: 15 * MINUTE, messages: 1e6 }));
  near(most.sleeping.gigabyteSeconds, (held.awake.gigabyteSeconds * 3) / 4);
});

test("prices and the length of an event are the caller's, and nothing counted is nothing to estimate", () => {
  const stats = statsOf({ messages: 20_000 });
  const free = estimateBill(stats, { prices: { requests: 0, duration: 0 } });
  assert.equal(free.sleeping.dollars, 0);
  const quick = estimateBill(stats, { eventDuration: 1 });
  near(quick.sleeping.gigabyteSeconds, estimateBill(stats).sleeping.gigabyteSeconds / 10);
  assert.throws(() => estimateBill(statsOf({ at: 0 })), /nothing was counted yet/);
});
