import { setTimeout as sleep } from "node:timers/promises";
import { HEARTBEAT } from "../targets/heartbeat.ts";
import { cpuPerOperation, type Measure } from "./measure.ts";

/** After the last connect, for pings that were due meanwhile, in milliseconds. */
const SETTLE = 1000;

/** CPU time that one heartbeat takes for each of many idle clients, of an object that sleeps in between. */
export const heartbeat: Measure = {
  id: "heartbeat-5000",
  title: "heartbeat of 5,000 idle clients, per client",
  unit: "µs",
  comparison: "ratio",
  freshServer: true,
  repetitions: ({ heartbeat }) => heartbeat.repetitions,
  onlyWhereNamed: true,
  async sample({ server: { endpoint }, load, settings }) {
    const { connections } = settings.heartbeat;
    const { concurrency } = settings.memory;
    await load.run<"hold">({ kind: "hold", endpoint, connections, concurrency });
    await sleep(SETTLE);
    // One interval has one heartbeat, wherever it begins.
    const result = await load.run<"rest">({ kind: "rest", duration: HEARTBEAT });
    await load.run<"release">({ kind: "release" });
    return cpuPerOperation(result);
  },
};
