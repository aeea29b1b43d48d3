import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectCommand, IdleCommand, IdleResult, LoadResult, Route } from "./commands.ts";
import { closeConnections, openConnection, openConnections } from "./connection.ts";
import { openPolling, openUpgrading } from "./polling.ts";
import { residentKibibytes, startUsageWindow } from "./process-usage.ts";

const OPENERS: Readonly<Record<Route, typeof openConnection>> = {
  websocket: openConnection,
  polling: openPolling,
  upgrade: openUpgrading,
};

/** CPU time of opening connections; closing them is outside the window. */
export async function runConnect(command: ConnectCommand): Promise<LoadResult> {
  const { endpoint, concurrency, connections: operations } = command;
  const open = OPENERS[command.route];
  const warm = await openConnections(endpoint, command.warmUp, concurrency, open);
  try {
    const window = startUsageWindow(endpoint.pid);
    const connections = await openConnections(endpoint, operations, concurrency, open);
    const usage = window.finish();
    await closeConnections(connections);
    return { operations, usage };
  } finally {
    await closeConnections(warm);
  }
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
