import { LoadDriver } from "../load/driver.ts";
import type { Count } from "../report/results.ts";
import { CALLS_PATH } from "../targets/counters.ts";
import { startShards } from "../targets/index.ts";
import { eventFrame, JOIN } from "./frames.ts";

const MEMBERS = 40;
const PHASES = { warmUp: 0, window: 1000 };

/** Counts the calls between four shards, all of which have members of the room. */
export async function measureShardCalls(): Promise<Count[]> {
  const server = await startShards();
  const load = new LoadDriver();
  const { endpoint } = server;
  const url = new URL(CALLS_PATH, endpoint.url.replace(/^ws/, "http"));
  const readCalls = async () => (await (await fetch(url)).json()) as number;
  const frame = eventFrame("broadcast", 60);
  const command = { endpoint, frame, delivery: frame, members: MEMBERS, join: JOIN };
  const run = (phases: typeof PHASES) =>
    load.run<"broadcast">({ kind: "broadcast", ...command, phases });
  try {
    // Where homes are and that there are members is said once.
    await run({ ...PHASES, window: 100 });
    const before = await readCalls();
    const { operations } = await run(PHASES);
    const calls = (await readCalls()) - before;
    const title = "calls between shards per broadcast to a room on 4 shards";
    return [{ id: "shard-calls", title, value: (calls * MEMBERS) / operations }];
  } finally {
    await load.stop();
    await server.stop();
  }
}
