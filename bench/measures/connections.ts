import { cpuPerOperation, type Measure } from "./measure.ts";

/** WebSocket upgrade, Engine.IO handshake and namespace CONNECT; raw targets: the upgrade. */
export const connect: Measure = {
  id: "connect",
  title: "connect, with namespace",
  unit: "µs",
  comparison: "ratio",
  freshServer: false,
  repetitions: (settings) => settings.repetitions,
  async sample({ server: { endpoint }, load, settings }) {
    const command = { endpoint, ...settings.connect };
    return cpuPerOperation(await load.run<"connect">({ kind: "connect", ...command }));
  },
};

/** Growth of resident memory per connection that is open, connected and idle. */
export const memory: Measure = {
  id: "memory",
  title: "RSS per idle connection",
  unit: "KiB",
  comparison: "ratio",
  freshServer: true,
  repetitions: (settings) => settings.memoryRepetitions,
  async sample({ server: { endpoint }, load, settings }) {
    const result = await load.run<"idle">({ kind: "idle", endpoint, ...settings.memory });
    const { before, after, connections } = result;
    return { value: (after - before) / connections, operations: connections };
  },
};
