/** Servers of several shards under test, and their clients. */
import { after, afterEach, before } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { keyOf, rendezvous } from "../../../glue/adapter/shards/placement/placement.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

/** One server with its clients; asleep when the test wants it. */
export interface SpreadServer {
  /** A client of this shard, in these rooms. */
  join(shard: number, ...rooms: string[]): Promise<ClientSocket>;
  /** A client that has not connected yet, with this to say: of this shard, or of any. */
  open(shard: number | undefined, auth?: object): ClientSocket;
  /** Lets the client's server code do these chains of calls; see the Worker. */
  act(client: ClientSocket, ...chains: Step[][]): Promise<unknown[]>;
  /** All shards fall asleep. */
  sleep(): Promise<void>;
  /** How often shards have started, and how many calls they have got. */
  book(): Promise<Record<"started" | "called" | "refused", Record<string, number>>>;
  nameOf(shard: number): string;
  readonly worker: RunningWorker;
  raise(count: number): Promise<void>;
  /** Calls between shards take this long at most, each another time. Of `RECOVERING` only. */
  delay(milliseconds: number): Promise<void>;
  /** A shard of `RECOVERING` ends at once, with its connections. */
  abort(shard: number): Promise<void>;
  /** An emitter emits to a namespace: `sent`, or why not. */
  emit(nsp: string, ...event: string[]): Promise<string>;
  /** The next `left` calls that a shard gets go wrong in this way; see the Worker. */
  fail(shard: number, kind: string, left?: number): Promise<void>;
  close(): void;
}

export type Step = [method: string, args: unknown[]];

export async function startShards(): Promise<RunningWorker> {
  return startWorker({
    entry: new URL("shards.worker.ts", import.meta.url),
    classes: { CHAT: "Chat", RECOVERING: "Recovering", HASTY: "Hasty", PACKED: "Packed" },
  });
}

let servers = 0;

/** `options`: of its clients. */
export function makeServer(
  worker: RunningWorker,
  count = 3,
  binding = "CHAT",
  options: object = {},
): SpreadServer {
  servers += 1;
  const server = `server ${servers}`;
  const clients: ClientSocket[] = [];
  const nameOf = (shard: number) => (shard === 0 ? server : `${server}/shard-${shard}`);
  let shards = count;
  const open = (shard: number | undefined, auth: object = {}): ClientSocket => {
    const where = shard === undefined ? { any: 1 } : { shard };
    const query = { server, ...where, binding };
    const client = connect(worker.url, "", { query, auth, ...options });
    clients.push(client);
    return client;
  };
  return {
    worker,
    nameOf,
    open,
    async join(shard, ...rooms) {
      const client = open(shard);
      await next(client, "connect");
      if (rooms.length > 0) await ask(client, "join", rooms);
      return client;
    },
    async act(client, ...chains) {
      const [results] = await ask(client, "do", chains);
      return results as unknown[];
    },
    async sleep() {
      const all = Array.from({ length: shards }, (_, shard) =>
        worker.evict(nameOf(shard), "hibernate", binding),
      );
      await Promise.all(all.map((evicted) => evicted.catch(ignoreMissing)));
    },
    async book() {
      const response = await fetch(`${worker.url}/book`);
      return (await response.json()) as Awaited<ReturnType<SpreadServer["book"]>>;
    },
    async raise(more) {
      shards = more;
      await fetch(`${worker.url}/raise?count=${more}`);
    },
    async delay(milliseconds) {
      await fetch(`${worker.url}/latency?milliseconds=${milliseconds}`);
    },
    async abort(shard) {
      await fetch(`${worker.url}/abort?${new URLSearchParams({ name: nameOf(shard) })}`);
    },
    async emit(nsp, ...event) {
      const query = new URLSearchParams({ server, binding, nsp, event: JSON.stringify(event) });
      const response = await fetch(`${worker.url}/emit-one?${query}`);
      return response.text();
    },
    async fail(shard, kind, left = 1) {
      const query = new URLSearchParams({ name: nameOf(shard), kind, left: String(left) });
      await fetch(`${worker.url}/fault?${query}`);
    },
    close() {
      for (const { io } of clients) {
        // With its sockets in all namespaces.
        io.reconnection(false);
        io.engine.close();
      }
    },
  };
}

/** The client loses its connection, and comes back after a moment: to this shard. */
export function loseTo(client: ClientSocket, shard: number, milliseconds = 20): Promise<unknown> {
  const { io } = client;
  Object.assign(io.opts.query as object, { shard });
  io.randomizationFactor(0);
  io.reconnectionDelay(milliseconds);
  io.reconnectionDelayMax(milliseconds);
  const back = next(client, "connect");
  io.engine.close();
  return back;
}

/** The same, when it is told to. */
export function loseUntilTold(client: ClientSocket, shard: number): () => Promise<unknown> {
  const { io } = client;
  Object.assign(io.opts.query as object, { shard });
  io.reconnection(false);
  io.engine.close();
  return () => {
    const back = next(client, "connect");
    client.connect();
    return back;
  };
}

/** A shard that was never needed does not exist. */
function ignoreMissing(error: Error): void {
  if (!/not (currently )?(running|found|loaded|exist)/i.test(error.message)) throw error;
}

/** What clients get, by name, in the order in which each gets it. */
export function record(clients: Record<string, ClientSocket>): Record<string, unknown[][]> {
  const got: Record<string, unknown[][]> = {};
  for (const [name, client] of Object.entries(clients)) {
    const list: unknown[][] = [];
    got[name] = list;
    client.onAny((...event) => list.push(event));
  }
  return got;
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("waited in vain");
}

/** Rooms enough for each shard to be the home of some. */
export const ROOMS = Array.from({ length: 12 }, (_, number) => `room ${number}`);

/** A client on each of the server's first three shards, in these rooms. */
export async function joinThree(server: SpreadServer, rooms: readonly string[][]): Promise<Three> {
  const clients = await Promise.all(
    [0, 1, 2].map((shard) => server.join(shard, ...(rooms[shard] ?? []))),
  );
  return clients as Three;
}

type Three = [ClientSocket, ClientSocket, ClientSocket];

/** One Worker for the tests of a file, and the server of the test that runs, which is closed behind it. */
export class ShardsOfFile {
  worker!: RunningWorker;
  server!: SpreadServer;

  constructor() {
    before(async () => {
      this.worker = await startShards();
    });
    after(() => this.worker.stop());
    afterEach(() => this.server.close());
  }

  /** Another server, for the test that runs. */
  makeServer(count?: number, binding?: string, options?: object): SpreadServer {
    this.server = makeServer(this.worker, count, binding, options);
    return this.server;
  }

  /** A client on each of three shards, all in the same rooms. */
  inSameRooms(...rooms: string[]): Promise<Three> {
    return joinThree(this.makeServer(), [rooms, rooms, rooms]);
  }

  /** A client on each of three shards, in these rooms; all asleep. */
  async asleep(...rooms: string[][]): Promise<Three> {
    const clients = await joinThree(this.makeServer(), rooms);
    await this.server.sleep();
    return clients;
  }
}

/** The home of a room of the main namespace (`null`: of all of it), of three. */
export function homeOf(room: string | null): number {
  return rendezvous(keyOf("/", room), 3);
}

/** A room whose home is this shard. */
export function roomAt(home: number): string {
  const names = Array.from({ length: 100 }, (_, number) => `of its own ${number}`);
  return names.find((name) => homeOf(name) === home) as string;
}

/** What somebody got, in whatever order. */
export function sorted(events: unknown[][] = []): string[] {
  return events.map((event) => JSON.stringify(event)).sort();
}

/** Calls under way are over, and what a home forgets is forgotten. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 150));
}
