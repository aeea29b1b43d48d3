import type { CrowdCommand, CrowdResult, Exchange } from "./commands.ts";
import { type Connection, openConnections } from "./connection.ts";
import { startUsageWindow } from "./process-usage.ts";

/** One thing after the other, each by the whole crowd and with a CPU window of its own. */
export async function runCrowd(command: CrowdCommand): Promise<CrowdResult> {
  const { endpoint, clients, concurrency, broadcasts } = command;
  const timed = async (operations: number, what: () => Promise<unknown>): Promise<number> => {
    const window = startUsageWindow(endpoint.pid);
    await what();
    return window.finish().server / operations;
  };
  let crowd: Connection[] = [];
  const connect = await timed(clients, async () => {
    crowd = await openConnections(endpoint, clients, concurrency);
  });
  const join = await timed(clients, () => exchange(crowd, command.join, concurrency));
  const deliver = () => broadcastAll(crowd, command.frame, broadcasts);
  const broadcast = await timed(clients * broadcasts, deliver);
  const leave = await timed(clients, () => exchange(crowd, command.leave, concurrency));
  const disconnect = await timed(clients, () => endAll(crowd, command.end));
  return { connect, join, broadcast, leave, disconnect };
}

/** Each client sends the frame and waits for its ack, `concurrency` at a time. */
async function exchange(
  crowd: readonly Connection[],
  { frame, reply }: Exchange,
  concurrency: number,
): Promise<void> {
  const encoded = Buffer.from(frame);
  const expected = Buffer.from(reply);
  let next = 0;
  const work = async () => {
    for (let client = crowd[next++]; client !== undefined; client = crowd[next++]) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      client.onLost = (code) => reject(new Error(`connection lost with ${code}`));
      client.onMessage = (data) => {
        if (data.equals(expected)) resolve();
        else reject(new Error(`received ${data.toString("latin1", 0, 80)}`));
      };
      client.send(encoded);
      await promise;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

/** The first client has `frame` broadcast, again once everybody has it. */
async function broadcastAll(
  crowd: readonly Connection[],
  frame: string,
  times: number,
): Promise<void> {
  const encoded = Buffer.from(frame);
  const all = Promise.withResolvers<void>();
  let left = crowd.length * times;
  for (const client of crowd) {
    client.onLost = (code) => all.reject(new Error(`connection lost with ${code}`));
    client.onMessage = (data) => {
      if (!data.equals(encoded))
        all.reject(new Error(`received ${data.toString("latin1", 0, 80)}`));
      left -= 1;
      if (left === 0) all.resolve();
      else if (left % crowd.length === 0) crowd[0]?.send(encoded);
    };
  }
  crowd[0]?.send(encoded);
  await all.promise;
}

/** The server disconnects everybody. */
async function endAll(crowd: readonly Connection[], end: string): Promise<void> {
  const over = crowd.map((client) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    client.onLost = () => resolve();
    // The packet that ends the session comes before the WebSocket's end.
    client.onMessage = () => {};
    return promise;
  });
  crowd[0]?.send(Buffer.from(end));
  await Promise.all(over);
}
