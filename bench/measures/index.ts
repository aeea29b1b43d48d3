import { connect, connectPolling, connectUpgrade, memory } from "./connections.ts";
import { heartbeat } from "./heartbeat.ts";
import type { Measure } from "./measure.ts";
import { ack, broadcast, echo, join, pace } from "./messages.ts";
import { start } from "./start.ts";
import { wake } from "./wake.ts";

/** All measures of targets, in the order of the report. */
export const MEASURES: readonly Measure[] = [
  echo("echo-60", "echo, 60 B event", 60),
  echo("echo-1k", "echo, 1 KB event", 1024),
  pace("pace-60", "echo, 60 B, one each 60 ms", 60),
  ack("ack-60", "ack round trip, 60 B", 60),
  broadcast("broadcast-500", "broadcast to 500, per delivery", 60),
  broadcast("broadcast-2000", "broadcast to 2,000, per delivery", 60, 2000),
  join,
  connect,
  connectPolling,
  connectUpgrade,
  memory,
  start,
  heartbeat,
  wake("wake-1000", "wake, 1,000 clients asleep", {
    connections: 1000,
    event: "echo",
    before: "one",
  }),
  wake("wake-5000", "wake, 5,000 clients asleep", {
    connections: 5000,
    event: "echo",
    before: "one",
  }),
  wake("wake-1000-busy", "wake, 1,000 who were all awake before", {
    connections: 1000,
    event: "echo",
    before: "all",
  }),
  wake("wake-1000-all", "wake and broadcast, 1,000 clients asleep", {
    connections: 1000,
    event: "broadcast",
    before: "one",
  }),
  wake("wake-5000-all", "wake and broadcast, 5,000 clients asleep", {
    connections: 5000,
    event: "broadcast",
    before: "one",
  }),
];
