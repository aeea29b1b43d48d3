import { eventFrame } from "./frames.ts";
import type { Measure } from "./measure.ts";

/** From the connect of an object's first client to its first answer: its constructor, `setup` and handshake. */
export const start: Measure = {
  id: "start",
  title: "first answer of a new object",
  unit: "ms",
  comparison: "difference",
  freshServer: false,
  repetitions: ({ start }) => start.repetitions,
  onlyWhereNamed: true,
  async sample({ server: { endpoint }, load, settings }) {
    const { objects } = settings.start;
    const frame = eventFrame("echo", 60);
    const result = await load.run<"visit">({ kind: "visit", endpoint, objects, frame });
    return { value: result.milliseconds, operations: objects };
  },
};
