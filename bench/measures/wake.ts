import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../report/statistics.ts";
import { eventFrame, JOIN } from "./frames.ts";
import type { Measure } from "./measure.ts";

/** Time for the sockets to settle before the object is put to sleep, in milliseconds. */
const REST = 100;

/** What happens around the sleeps. */
interface Wakes {
  readonly connections: number;
  /** The client's event: it touches nobody else, or is broadcast to all of them; then the client that is timed gets it among the others. */
  readonly event: "echo" | "broadcast";
  /** Who had come back from the sleep before: nobody but the client that is timed, or, by a broadcast, everybody. */
  readonly before: "one" | "all";
}

/** Time from a client's event to its reply when the object slept with many clients. */
export function wake(id: string, title: string, { connections, event, before }: Wakes): Measure {
  const frame = eventFrame(event, 60);
  const toAll = eventFrame("broadcast", 60);
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
      const isJoining = (event === "broadcast" || before === "all") && endpoint.protocol !== "raw";
      const join = isJoining ? JOIN : undefined;
      await load.run<"hold">({ kind: "hold", endpoint, connections, concurrency, join });
      const times: number[] = [];
      for (let sleeps = 0; sleeps < settings.wake.sleeps; sleeps += 1) {
        if (before === "all") {
          await load.run<"probe">({ kind: "probe", frame: toAll, reply: toAll });
        }
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
