import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "../load/commands.ts";
import { LoadDriver } from "../load/driver.ts";
import type { Count } from "../report/results.ts";
import type { Settings } from "../settings.ts";
import { COUNTERS_PATH, type Counters } from "../targets/counters.ts";
import { startCountedWorker } from "../targets/index.ts";
import { ackFrames, eventFrame, JOIN } from "./frames.ts";

const CONNECTIONS = 20;
const IDLE_CONNECTIONS = 100;
const CONCURRENCY = 10;
const PHASES = { warmUp: 0, window: 200 };
/** For the last closes and pongs of what went before, in milliseconds. */
const SETTLE = 1000;
const MINUTE = 60_000;

/** Counts storage writes of a busy object and wakes of an idle one. */
export async function measureCounts(settings: Settings): Promise<Count[]> {
  const server = await startCountedWorker();
  const load = new LoadDriver();
  try {
    const writes = await countWrites(server.endpoint, load);
    if (settings.idle === 0) return writes;
    return [...writes, await countWakes(server.endpoint, load, settings.idle)];
  } finally {
    await load.stop();
    await server.stop();
  }
}

/** One connection stays open throughout: the first one sets the alarm, which is not repeated. */
async function countWrites(endpoint: Endpoint, load: LoadDriver): Promise<Count[]> {
  const hold = { connections: 1, concurrency: 1 };
  await load.run<"hold">({ kind: "hold", endpoint, ...hold });
  await readCounters(endpoint, "POST");
  const steady = { endpoint, connections: CONNECTIONS, phases: PHASES };
  const event = eventFrame("echo", 60);
  await load.run<"echo">({ kind: "echo", ...steady, frame: event, reply: event });
  const { request, ack } = ackFrames("ack", 60);
  await load.run<"echo">({ kind: "echo", ...steady, frame: request, reply: ack });
  const news = eventFrame("broadcast", 60);
  const broadcast = { frame: news, delivery: news, members: CONNECTIONS, join: JOIN };
  await load.run<"broadcast">({ kind: "broadcast", endpoint, phases: PHASES, ...broadcast });
  await sleep(SETTLE);
  const { events, rowsWritten, alarmWrites } = await readCounters(endpoint, "GET");
  await load.run<"release">({ kind: "release" });
  return [
    { id: "events", title: "connects, events, acks, joins and closes of the count", value: events },
    { id: "storage-writes", title: "rows they wrote to storage", value: rowsWritten },
    { id: "alarm-writes", title: "alarms they set", value: alarmWrites },
  ];
}

async function countWakes(endpoint: Endpoint, load: LoadDriver, duration: number): Promise<Count> {
  const hold = { connections: IDLE_CONNECTIONS, concurrency: CONCURRENCY };
  await load.run<"hold">({ kind: "hold", endpoint, ...hold });
  await sleep(SETTLE);
  await readCounters(endpoint, "POST");
  await sleep(duration);
  const { events } = await readCounters(endpoint, "GET");
  await load.run<"release">({ kind: "release" });
  const title = `wakes per minute with ${IDLE_CONNECTIONS} idle clients`;
  return { id: "idle-wakes", title, value: (events * MINUTE) / duration };
}

async function readCounters(endpoint: Endpoint, method: "GET" | "POST"): Promise<Counters> {
  const url = new URL(COUNTERS_PATH, endpoint.url.replace(/^ws/, "http"));
  const response = await fetch(url, { method });
  return (await response.json()) as Counters;
}
