import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../report/statistics.ts";
import { eventFrame } from "./frames.ts";
import type { Measure } from "./measure.ts";

/** Time for the sockets to settle before the object is put to sleep, in milliseconds. */
const REST = 100;

/** Time from a client's event to its reply when the object slept with `connections` clients. */
export function wake(id: string, title: string, connections: number): Measure {
  const frame = eventFrame("echo", 60);
  return {
    id,
    title,
    unit: "ms",
    comparison: "difference",
    freshServer: false,
    repetitions: ({ wake }) => (connections > wake.connections ? 0 : wake.repetitions),
    appliesTo: (target) => target.runtime === "workerd",
    async sample({ server: { endpoint, hibernate }, load, settings }) {
      if (hibernate === undefined) throw new Error("the server cannot be put to sleep");
      const { concurrency } = settings.memory;
      await load.run<"hold">({ kind: "hold", endpoint, connections, concurrency });
      const times: number[] = [];
      for (let sleeps = 0; sleeps < settings.wake.sleeps; sleeps += 1) {
        await sleep(REST);
        await hibernate();
        const { milliseconds } = await load.run<"probe">({ kind: "probe", frame, reply: frame });
        times.push(milliseconds);
      }
      await load.run<"release">({ kind: "release" });
      return { value: median(times), operations: times.length };
    },
  };
}
