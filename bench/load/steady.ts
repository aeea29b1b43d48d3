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
/** For the answers that are outstanding when a turn is over, in milliseconds. */
const ANSWER_TIMEOUT = 20_000;
/** After a warm-up without pauses, so long in milliseconds until nothing is left of its hurry. */
const PACED = 1000;

/** So long the load runs in milliseconds before a turn counts, for other processes have had the caches meanwhile. */
const LEAD = 10;

/** Connections whose load runs for a turn at a time, and rests in between. */
export interface TurnedLoad {
  /** `amount`: milliseconds; of connects, their number. */
  turn(amount: number): Promise<LoadResult>;
  /** Closes the connections. */
  close(): Promise<void>;
}

/** Closed loop: one message outstanding per connection. */
export async function openEcho(command: EchoCommand): Promise<ClosedLoop> {
  const { endpoint } = command;
  const frame = Buffer.from(command.frame);
  const reply = Buffer.from(command.reply);
  const connections = await openConnections(endpoint, command.connections, CONCURRENCY);
  const load = new ClosedLoop(endpoint.pid, connections, () => {
    for (const connection of connections) load.ask(connection, frame);
  });
  for (const connection of connections) {
    connection.onMessage = checkedFirst(reply, endpoint, load.fail, () => {
      load.answered(1, connection, frame);
    });
  }
  return load.warmedUp(command.phases);
}

/** Closed loop: one broadcast outstanding. */
export async function openBroadcast(command: BroadcastCommand): Promise<ClosedLoop> {
  const { endpoint, members } = command;
  const frame = Buffer.from(command.frame);
  const delivery = Buffer.from(command.delivery);
  const connections = await openConnections(endpoint, members, CONCURRENCY);
  const sender = connections[0];
  if (sender === undefined) throw new Error("a broadcast needs members");
  const load = new ClosedLoop(endpoint.pid, connections, () => load.ask(sender, frame));
  let deliveries = 0;
  const count = () => {
    deliveries += 1;
    if (deliveries % members === 0) load.answered(members, sender, frame);
  };
  try {
    if (command.join) await join(connections, command.join);
  } catch (error) {
    await load.close();
    throw error;
  }
  load.watch();
  for (const connection of connections) {
    connection.onMessage = checkedFirst(delivery, endpoint, load.fail, count);
  }
  return load.warmedUp(command.phases);
}

/** The command's window at once. Nothing is sent beside it but the warm-up: counts depend on that. */
export async function runSteady(
  open: Promise<ClosedLoop>,
  { phases }: EchoCommand | BroadcastCommand,
): Promise<LoadResult> {
  const load = await open;
  try {
    return await load.measured(phases.window);
  } finally {
    await load.close();
  }
}

/** A message is sent again as soon as it was answered, as long as the load runs. */
class ClosedLoop implements TurnedLoad {
  readonly fail: (error: Error) => void;
  readonly #failure = Promise.withResolvers<never>();
  readonly #pid: number;
  readonly #connections: readonly Connection[];
  readonly #start: () => void;
  #isRunning = false;
  #operations = 0;
  #outstanding = 0;
  #rest = Promise.withResolvers<void>();

  /** `start` is called for the first messages. */
  constructor(pid: number, connections: readonly Connection[], start: () => void) {
    this.#pid = pid;
    this.#connections = connections;
    this.#start = start;
    this.fail = this.#failure.reject;
    this.#failure.promise.catch(() => {});
    this.watch();
  }

  /** A lost connection fails the load. */
  watch(): void {
    for (const connection of this.#connections) {
      connection.onLost = (code) => this.fail(new Error(`connection lost with ${code}`));
    }
  }

  ask(connection: Connection, frame: Buffer): void {
    this.#outstanding += 1;
    connection.send(frame);
  }

  /** To be called when what was asked for by `ask` has come, which was so many `operations`. */
  answered(operations: number, connection: Connection, frame: Buffer): void {
    this.#operations += operations;
    this.#outstanding -= 1;
    if (this.#isRunning) this.ask(connection, frame);
    else if (this.#outstanding === 0) this.#rest.resolve();
  }

  async warmedUp({ warmUp }: Phases): Promise<this> {
    try {
      if (warmUp > 0) await this.#run(warmUp);
    } catch (error) {
      await this.close();
      throw error;
    }
    return this;
  }

  async turn(window: number): Promise<LoadResult> {
    await this.#run(LEAD);
    return this.measured(window);
  }

  /** A turn without anything before it. */
  async measured(window: number): Promise<LoadResult> {
    const usage = startUsageWindow(this.#pid);
    const before = this.#operations;
    await this.#run(window);
    const result = { operations: this.#operations - before, usage: usage.finish() };
    if (result.operations === 0) throw new Error("the server answered nothing in the window");
    return result;
  }

  async close(): Promise<void> {
    await closeConnections(this.#connections);
  }

  /** From the first message until the last one is answered: what the window covers is whole. */
  async #run(duration: number): Promise<void> {
    this.#rest = Promise.withResolvers();
    this.#isRunning = true;
    this.#start();
    await Promise.race([sleep(duration), this.#failure.promise]);
    this.#isRunning = false;
    const late = new AbortController();
    const patience = sleep(ANSWER_TIMEOUT, undefined, { signal: late.signal }).then(() => {
      throw new Error("the server has not answered all messages");
    });
    patience.catch(() => {});
    try {
      await Promise.race([this.#rest.promise, this.#failure.promise, patience]);
    } finally {
      late.abort();
    }
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
