import type { Route } from "../load/commands.ts";
import { inTurns, type Measure } from "./measure.ts";

/** WebSocket upgrade, Engine.IO handshake and namespace CONNECT; raw targets: the upgrade. */
export const connect: Measure = connecting("connect", "connect, with namespace", "websocket");

/** The same by long-polling alone; where a target takes WebSockets alone: by WebSocket. */
export const connectPolling: Measure = {
  ...connecting("connect-polling", "connect by long-polling", "polling"),
  appliesTo: ({ protocol }) => protocol === "socket.io",
};

/** The same by long-polling, until a WebSocket has taken over. */
export const connectUpgrade: Measure = {
  ...connecting("connect-upgrade", "connect by long-polling, upgrade", "upgrade"),
  appliesTo: ({ protocol }) => protocol === "socket.io",
};

function connecting(id: string, title: string, route: Route): Measure {
  return inTurns({
    id,
    title,
    unit: "µs",
    comparison: "ratio",
    freshServer: false,
    repetitions: (settings) => settings.repetitions,
    turns: {
      load({ target, server: { endpoint }, settings: { connect } }) {
        const taken: Route = target.polls ? route : "websocket";
        const { warmUp, concurrency } = connect;
        return { kind: "connect", endpoint, route: taken, warmUp, concurrency };
      },
      count: ({ connect }) => Math.ceil(connect.connections / connect.turn),
      amount: ({ connect }) => connect.turn,
    },
  });
}

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
