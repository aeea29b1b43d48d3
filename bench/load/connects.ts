import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectCommand, IdleCommand, IdleResult, Route } from "./commands.ts";
import { closeConnections, openConnection, openConnections } from "./connection.ts";
import { openPolling, openUpgrading } from "./polling.ts";
import { residentKibibytes, startUsageWindow } from "./process-usage.ts";
import type { TurnedLoad } from "./steady.ts";

const OPENERS: Readonly<Record<Route, typeof openConnection>> = {
  websocket: openConnection,
  polling: openPolling,
  upgrade: openUpgrading,
};

/** CPU time of opening connections, so many in a turn. They stay open, and closing them is outside the windows. */
export async function openConnects(command: ConnectCommand): Promise<TurnedLoad> {
  const { endpoint, concurrency } = command;
  const open = OPENERS[command.route];
  const opened = await openConnections(endpoint, command.warmUp, concurrency, open);
  return {
    async turn(operations) {
      const window = startUsageWindow(endpoint.pid);
      const connections = await openConnections(endpoint, operations, concurrency, open);
      const usage = window.finish();
      opened.push(...connections);
      return { operations, usage };
    },
    close: () => closeConnections(opened),
  };
}

/** Memory of idle connections; the warm-up keeps code and first allocations out of it. */
export async function runIdle(command: IdleCommand): Promise<IdleResult> {
  const { endpoint, concurrency, connections: count, settle } = command;
  const warm = await openConnections(endpoint, command.warmUp, concurrency);
  try {
    await sleep(settle);
    const before = residentKibibytes(endpoint.pid);
    const connections = await openConnections(endpoint, count, concurrency);
    await sleep(settle);
    const after = residentKibibytes(endpoint.pid);
    await closeConnections(connections);
    return { connections: count, before, after };
  } finally {
    await closeConnections(warm);
  }
}
