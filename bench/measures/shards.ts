/** What it takes to be several objects, and to emit from outside of one. */
import { keyOf, rendezvous } from "../../glue/adapter/shards/placement/placement.ts";
import { LoadDriver } from "../load/driver.ts";
import type { Count } from "../report/results.ts";
import { ROOM } from "../targets/application.ts";
import { CALLS_PATH, EMIT_PATH, SHARDS } from "../targets/counters.ts";
import { startEmitter, startShards } from "../targets/index.ts";
import type { RunningServer } from "../targets/target.ts";
import { eventFrame, JOIN } from "./frames.ts";

/** All of this together. */
export const SHARDS_MEASURE = { id: "shards" };

const MEMBERS = 40;
const WINDOW = 1000;
const SHORT_WINDOW = 100;
const MESSAGES = { warmUp: 100, times: 500 };
/** Calls of the emitter, in all. */
const CALLS = 2000;
/** So many of them in one turn, where they go together. */
const TOGETHER = 100;

export async function measureShards(): Promise<Count[]> {
  const load = new LoadDriver();
  const server = await startShards();
  try {
    return [
      await countCalls(server, load),
      ...(await timeHops(server, load)),
      ...(await countEmitted()),
    ];
  } finally {
    await load.stop();
    await server.stop();
  }
}

/** The calls between the shards, all of which have members of the room. */
async function countCalls(server: RunningServer, load: LoadDriver): Promise<Count> {
  const { endpoint } = server;
  const url = address(server, CALLS_PATH);
  const readCalls = async () => (await (await fetch(url)).json()) as number;
  const frame = eventFrame("broadcast", 60);
  const command = { endpoint, frame, delivery: frame, members: MEMBERS, join: JOIN };
  const run = (window: number) =>
    load.run<"broadcast">({ kind: "broadcast", ...command, phases: { warmUp: 0, window } });
  // Where homes are and that there are members is said once.
  await run(SHORT_WINDOW);
  const before = await readCalls();
  const { operations } = await run(WINDOW);
  const calls = (await readCalls()) - before;
  const title = `calls between shards per broadcast to a room on ${SHARDS} shards`;
  return { id: "shard-calls", title, value: (calls * MEMBERS) / operations };
}

/** From a client's event to a member's receipt, by way of the room's home. */
async function timeHops(server: RunningServer, load: LoadDriver): Promise<Count[]> {
  const home = rendezvous(keyOf("/", ROOM), SHARDS);
  const [here, there] = [(home + 1) % SHARDS, (home + 2) % SHARDS];
  const ways = [
    { id: "delay-same", title: "ms from client to client, both on one shard", member: here },
    { id: "delay-one-hop", title: "ms to a member on the room's home, one hop", member: home },
    { id: "delay-two-hops", title: "ms to a member on a third shard, two hops", member: there },
  ];
  const frame = eventFrame("broadcast", 60);
  const endpointOf = (shard: number) => {
    const url = `${server.endpoint.url}&shard=${shard}`;
    return { ...server.endpoint, url };
  };
  const counts: Count[] = [];
  for (const { id, title, member } of ways) {
    const { milliseconds } = await load.run<"delay">({
      kind: "delay",
      sender: endpointOf(here),
      member: endpointOf(member),
      join: JOIN,
      frame,
      delivery: frame,
      ...MESSAGES,
    });
    counts.push({ id, title, value: round(milliseconds) });
  }
  return counts;
}

/** Of a Worker's emitter to one object, whose room is empty: what the call itself takes. */
async function countEmitted(): Promise<Count[]> {
  const server = await startEmitter();
  const perSecond = async (together: number) => {
    const url = address(server, `${EMIT_PATH}?calls=${CALLS}&together=${together}`);
    await succeed(url);
    const start = performance.now();
    await succeed(url);
    return Math.round(CALLS / ((performance.now() - start) / 1000));
  };
  try {
    return [
      {
        id: "emitter-alone",
        title: "emits a second of an emitter, each awaited",
        value: await perSecond(1),
      },
      {
        id: "emitter-together",
        title: `emits a second of an emitter, ${TOGETHER} in a turn`,
        value: await perSecond(TOGETHER),
      },
    ];
  } finally {
    await server.stop();
  }
}

async function succeed(url: URL): Promise<void> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}: ${text}`);
}

function address(server: RunningServer, path: string): URL {
  return new URL(path, server.endpoint.url.replace(/^ws/, "http"));
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
