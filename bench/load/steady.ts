import { setTimeout as sleep } from "node:timers/promises";
import type {
  BroadcastCommand,
  EchoCommand,
  Endpoint,
  LoadResult,
  PaceCommand,
  Phases,
} from "./commands.ts";
import { type Connection, closeConnections, openConnections } from "./connection.ts";
import { startUsageWindow } from "./process-usage.ts";

const CONCURRENCY = 10;
/** After a warm-up without pauses, so long in milliseconds until nothing is left of its hurry. */
const PACED = 1000;

/** Closed loop: one message outstanding per connection. */
export async function runEcho(command: EchoCommand): Promise<LoadResult> {
  const { endpoint, phases } = command;
  const frame = Buffer.from(command.frame);
  const reply = Buffer.from(command.reply);
  const connections = await openConnections(endpoint, command.connections, CONCURRENCY);
  const failure = Promise.withResolvers<never>();
  let echoes = 0;
  let stopped = false;
  for (const connection of connections) {
    connection.onLost = (code) => failure.reject(new Error(`connection lost with ${code}`));
    connection.onMessage = checkedFirst(reply, endpoint, failure.reject, () => {
      echoes += 1;
      if (!stopped) connection.send(frame);
    });
    connection.send(frame);
  }
  try {
    return await measure(endpoint.pid, phases, () => echoes, failure.promise);
  } finally {
    stopped = true;
    await closeConnections(connections);
  }
}

/** One message after the other, with pauses in which the server has nothing to do. */
export async function runPace(command: PaceCommand): Promise<LoadResult> {
  const { endpoint, phases, interval } = command;
  const frame = Buffer.from(command.frame);
  const connections = await openConnections(endpoint, command.connections, CONCURRENCY);
  const sender = connections[0];
  if (sender === undefined) throw new Error("somebody has to send");
  const failure = Promise.withResolvers<never>();
  let echoes = 0;
  let isWarmingUp = true;
  sender.onLost = (code) => failure.reject(new Error(`connection lost with ${code}`));
  sender.onMessage = checkedFirst(Buffer.from(command.reply), endpoint, failure.reject, () => {
    echoes += 1;
    // Without a pause, so that what is compiled of a server that was busy once is compiled.
    if (isWarmingUp) sender.send(frame);
  });
  sender.send(frame);
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([sleep(phases.warmUp), failure.promise]);
    isWarmingUp = false;
    timer = setInterval(() => sender.send(frame), interval);
    const paced = { warmUp: PACED, window: phases.window };
    return await measure(endpoint.pid, paced, () => echoes, failure.promise);
  } finally {
    clearInterval(timer);
    await closeConnections(connections);
  }
}

/** Closed loop: one broadcast outstanding. */
export async function runBroadcast(command: BroadcastCommand): Promise<LoadResult> {
  const { endpoint, phases, members } = command;
  const frame = Buffer.from(command.frame);
  const delivery = Buffer.from(command.delivery);
  const connections = await openConnections(endpoint, members, CONCURRENCY);
  const sender = connections[0];
  if (sender === undefined) throw new Error("a broadcast needs members");
  const failure = Promise.withResolvers<never>();
  let deliveries = 0;
  let stopped = false;
  const count = () => {
    deliveries += 1;
    if (deliveries % members === 0 && !stopped) sender.send(frame);
  };
  try {
    if (command.join) await join(connections, command.join);
    for (const connection of connections) {
      connection.onLost = (code) => failure.reject(new Error(`connection lost with ${code}`));
      connection.onMessage = checkedFirst(delivery, endpoint, failure.reject, count);
    }
    sender.send(frame);
    return await measure(endpoint.pid, phases, () => deliveries, failure.promise);
  } finally {
    stopped = true;
    await closeConnections(connections);
  }
}

async function measure(
  pid: number,
  phases: Phases,
  operations: () => number,
  failure: Promise<never>,
): Promise<LoadResult> {
  const run = async () => {
    await sleep(phases.warmUp);
    const window = startUsageWindow(pid);
    const before = operations();
    await sleep(phases.window);
    const result = { operations: operations() - before, usage: window.finish() };
    if (result.operations === 0) throw new Error("the server answered nothing in the window");
    return result;
  };
  return Promise.race([run(), failure]);
}

/** Compares the first message in full and the others by length, which costs next to nothing. */
function checkedFirst(
  expected: Buffer,
  { appendsOffsets = false }: Pick<Endpoint, "appendsOffsets">,
  fail: (error: Error) => void,
  then: () => void,
): (data: Buffer) => void {
  let checked = false;
  // An offset comes before the bracket at the end.
  const start = expected.subarray(0, -1);
  const isExpected = (data: Buffer): boolean => {
    if (!appendsOffsets) {
      return data.length === expected.length && (checked || data.equals(expected));
    }
    return (
      data.length > expected.length && (checked || data.subarray(0, start.length).equals(start))
    );
  };
  return (data) => {
    if (isExpected(data)) {
      checked = true;
      then();
    } else {
      fail(new Error(`expected ${show(expected)}, received ${show(data)}`));
    }
  };
}

export async function join(
  connections: readonly Connection[],
  { frame, reply }: { frame: string; reply: string },
): Promise<void> {
  const encoded = Buffer.from(frame);
  const expected = Buffer.from(reply);
  const joined = connections.map((connection) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    connection.onMessage = checkedFirst(expected, {}, reject, resolve);
    connection.onLost = (code) => reject(new Error(`connection lost with ${code}`));
    connection.send(encoded);
    return promise;
  });
  await Promise.all(joined);
}

function show(data: Buffer): string {
  return data.toString("latin1", 0, 80);
}
