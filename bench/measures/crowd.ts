/** Whether what one client costs grows with how many there are. */
import type { CrowdResult } from "../load/commands.ts";
import { LoadDriver } from "../load/driver.ts";
import type { Count } from "../report/results.ts";
import type { Settings } from "../settings.ts";
import { startCrowd } from "../targets/index.ts";
import { END, eventFrame, JOIN, LEAVE } from "./frames.ts";

/** All of this together. */
export const CROWD_MEASURE = { id: "crowd" };

const CONCURRENCY = 20;
const BROADCASTS = 10;

const STEPS: Readonly<Record<keyof CrowdResult, string>> = {
  connect: "connect",
  join: "join",
  broadcast: "delivery of a broadcast",
  leave: "leave",
  disconnect: "disconnect by the server",
};

/** Crowds of growing size in one object, one after the other; each step's cost per client or delivery. */
export async function measureCrowds({ crowds }: Settings): Promise<Count[]> {
  const load = new LoadDriver();
  const { endpoint, stop } = await startCrowd();
  const frame = eventFrame("broadcast", 60);
  const crowd = (clients: number) =>
    load.run<"crowd">({
      kind: "crowd",
      endpoint,
      clients,
      concurrency: CONCURRENCY,
      join: JOIN,
      leave: LEAVE,
      frame,
      broadcasts: BROADCASTS,
      end: END,
    });
  try {
    // Compiled code and grown heaps.
    await crowd(crowds[0] ?? 0);
    const results: CrowdResult[] = [];
    for (const clients of crowds) results.push(await crowd(clients));
    return Object.keys(STEPS).flatMap((step) => growth(step as keyof CrowdResult, results, crowds));
  } finally {
    await load.stop();
    await stop();
  }
}

function growth(
  step: keyof CrowdResult,
  results: readonly CrowdResult[],
  crowds: readonly number[],
): Count[] {
  const costs = results.map((result) => result[step]);
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  const named = costs.map((cost, index) => `${crowds[index]}: ${cost.toFixed(1)}`).join(", ");
  const title = `largest over mean of a ${STEPS[step]} (µs among ${named})`;
  return [
    { id: `crowd-${step}`, title, value: Math.round((Math.max(...costs) / mean) * 100) / 100 },
  ];
}
