import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../report/statistics.ts";
import { eventFrame, JOIN } from "./frames.ts";
import type { Measure } from "./measure.ts";

/** Time for the sockets to settle before the object is put to sleep, in milliseconds. */
const REST = 100;

/**
 * Time from a client's event to its reply when the object slept with `connections` clients. `event`: it touches
 * nobody else, or is broadcast to all of them; then the client that is timed gets it among the others.
 */
export function wake(
  id: string,
  title: string,
  connections: number,
  event: "echo" | "broadcast",
): Measure {
  const frame = eventFrame(event, 60);
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
      const isJoining = event === "broadcast" && endpoint.protocol !== "raw";
      const join = isJoining ? JOIN : undefined;
      await load.run<"hold">({ kind: "hold", endpoint, connections, concurrency, join });
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
