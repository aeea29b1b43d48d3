/** How long a message takes from one client to another. */
import { median } from "../report/statistics.ts";
import type { DelayCommand, DelayResult } from "./commands.ts";
import { type Connection, closeConnections, openConnection } from "./connection.ts";

const TIMEOUT = 15_000;

/** One message under way at a time. */
export async function runDelay(command: DelayCommand): Promise<DelayResult> {
  const connections: Connection[] = [];
  const open = async (endpoint: DelayCommand["sender"]) => {
    const connection = await openConnection(endpoint);
    connections.push(connection);
    return connection;
  };
  try {
    const member = await open(command.member);
    const sender = await open(command.sender);
    await exchange(member, command.join.frame, member, command.join.reply);
    const delays: number[] = [];
    for (let time = -command.warmUp; time < command.times; time += 1) {
      const delay = await exchange(sender, command.frame, member, command.delivery);
      if (time >= 0) delays.push(delay);
    }
    return { milliseconds: median(delays) };
  } finally {
    await closeConnections(connections);
  }
}

/** Resolves with the milliseconds until `receiver` has got `expected`. */
function exchange(
  sender: Connection,
  frame: string,
  receiver: Connection,
  expected: string,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const timer = setTimeout(() => reject(new Error(`nobody got ${expected}`)), TIMEOUT);
  for (const connection of [sender, receiver]) {
    connection.onLost = (code) => reject(new Error(`connection lost with ${code}`));
  }
  receiver.onMessage = (data) => {
    const text = data.toString("latin1");
    if (text === expected) resolve(performance.now() - start);
    else reject(new Error(`received ${text.slice(0, 80)}`));
  };
  const start = performance.now();
  sender.send(Buffer.from(frame));
  return promise.finally(() => clearTimeout(timer));
}
