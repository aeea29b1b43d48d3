import { setTimeout as sleep } from "node:timers/promises";
import type {
  HoldCommand,
  LoadResult,
  ProbeCommand,
  ProbeResult,
  RestCommand,
} from "./commands.ts";
import { type Connection, closeConnections, openConnections } from "./connection.ts";
import { startUsageWindow } from "./process-usage.ts";
import { join } from "./steady.ts";

const PROBE_TIMEOUT = 15_000;

let held: Connection[] = [];
let server = 0;
let lost = 0;

/** Opens connections that stay open over several commands, until `releaseConnections`. */
export async function holdConnections(command: HoldCommand): Promise<void> {
  await releaseConnections();
  server = command.endpoint.pid;
  held = await openConnections(command.endpoint, command.connections, command.concurrency);
  if (command.join !== undefined) await join(held, command.join);
  for (const connection of held) {
    connection.onLost = noteLoss;
    // What others are sent meanwhile.
    connection.onMessage = () => {};
  }
}

/** Sends one message on one held connection and times the reply. */
export function probe({ frame, reply }: ProbeCommand): Promise<ProbeResult> {
  const connection = held[Math.floor(held.length / 2)];
  if (connection === undefined) throw new Error("no connection is held");
  const { promise, resolve, reject } = Promise.withResolvers<ProbeResult>();
  const expected = Buffer.from(reply);
  const start = process.hrtime.bigint();
  const timer = setTimeout(() => reject(new Error("no reply to the probe")), PROBE_TIMEOUT);
  connection.onLost = (code) => {
    noteLoss();
    reject(new Error(`connection lost with ${code}`));
  };
  connection.onMessage = (data) => {
    const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
    if (data.equals(expected)) resolve({ milliseconds });
    else reject(new Error(`received ${data.toString("latin1", 0, 80)}`));
  };
  connection.send(Buffer.from(frame));
  return promise.finally(() => clearTimeout(timer));
}

/** CPU time while the held connections do nothing but answer pings. */
export async function rest({ duration }: RestCommand): Promise<LoadResult> {
  const window = startUsageWindow(server);
  await sleep(duration);
  return { operations: held.length, usage: window.finish() };
}

/** Closes the held connections; rejects if the server had dropped one of them. */
export async function releaseConnections(): Promise<void> {
  const connections = held;
  const dropped = lost;
  held = [];
  lost = 0;
  await closeConnections(connections);
  if (dropped > 0) throw new Error(`the server dropped ${dropped} held connections`);
}

function noteLoss(): void {
  lost += 1;
}
