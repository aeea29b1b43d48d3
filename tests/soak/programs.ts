/**
 * Random programs: what clients have their server do, to rooms, ids and everybody, while clients come and go and the
 * server's objects sleep, or end, between any two steps. The same program runs on npm's `socket.io` on Node, where
 * nobody sleeps. What each client gets, in which order, and what the server's code finds out must be the same.
 */
import assert from "node:assert/strict";
import type { Socket } from "socket.io-client";
import type { RunningWorker } from "../support/miniflare.ts";
import { startOracle } from "../support/oracle.ts";
import { ask, connect, next } from "../support/stock-client.ts";
import { type Link, serve } from "./programs.application.ts";
import type { Random } from "./random.ts";

const CLIENTS = 5;
const SHARDS = 3;
const ROOMS = ["red", "green", "", "__proto__"];
/** How long a delivery may take. */
const PATIENCE = 60_000;
/** Clients that are silent are waited for so long, in milliseconds. */
const TIMEOUT = 400;

type Step =
  | { kind: "come"; client: number; room: string | undefined }
  | { kind: "team" | "leave"; client: number }
  | { kind: "do"; client: number; isTeam: boolean; chains: Link[][] }
  | { kind: "end"; shard: number }
  | { kind: "lose"; client: number }
  | { kind: "back"; client: number; shard: number };

/** What happens beside. */
export interface Settings {
  /** Whether objects end. */
  canEnd: boolean;
  /** Whether clients are lost, and come back to what they had. */
  recovers: boolean;
}

/** A step, and which shards sleep before it. */
export type Program = { step: Step; sleepers: number[] }[];

/** Where a program runs. */
export interface Place {
  readonly url: string;
  /** For a client of a shard. */
  query(shard: number): Record<string, string>;
  sleep(shard: number): Promise<void>;
  /** The connections of a shard's clients end. */
  end(shard: number, clients: Socket[]): Promise<void>;
}

// --- making programs ------------------------------------------------------------------------------------

export function makeProgram(random: Random, steps: number, settings: Settings): Program {
  const here = new Set<number>();
  return Array.from({ length: steps }, () => {
    const sleepers = [0, 1, 2].filter(() => random.below(2) === 0);
    return { step: makeStep(random, here, settings), sleepers };
  });
}

function makeStep(random: Random, here: Set<number>, { canEnd, recovers }: Settings): Step {
  const client = random.below(CLIENTS);
  if (!here.has(client)) {
    here.add(client);
    return { kind: "come", client, room: random.below(2) === 0 ? ROOMS[0] : undefined };
  }
  const chance = random.below(20);
  if (chance === 0) {
    here.delete(client);
    return { kind: "leave", client };
  }
  if (chance === 1) return { kind: "team", client };
  if (chance === 2 && canEnd) return { kind: "end", shard: random.below(SHARDS) };
  if (recovers && chance < 6) return { kind: "lose", client };
  if (recovers && chance < 11) return { kind: "back", client, shard: random.below(SHARDS) };
  // Behind something else it may be dropped.
  const isVolatile = random.below(12) === 0;
  const chains = Array.from({ length: isVolatile ? 1 : 1 + random.below(4) }, () =>
    makeChain(random, isVolatile),
  );
  return { kind: "do", client, isTeam: random.below(5) === 0, chains };
}

let sent = 0;

function makeChain(random: Random, isVolatile: boolean): Link[] {
  const start = random.pick(["io", "socket"]);
  const links: Link[] = Array.from({ length: random.below(3) }, (): Link => {
    const room = () =>
      random.below(4) === 0 ? { client: random.below(CLIENTS) } : random.pick(ROOMS);
    const rooms = random.below(4) === 0 ? [room(), room()] : room();
    return [random.pick(["to", "in", "except"]), rooms];
  });
  const isToOthers = start === "socket" && links.length === 0;
  const target: Link[] = [start, ...(isToOthers ? ["broadcast"] : []), ...links];
  sent += 1;
  const room = random.pick(ROOMS);
  if (isVolatile) return [...target, "volatile", ["emit", "volatile", sent]];
  const one = (): Link[] => [...target, ["emit", "event", sent, ...values(random)]];
  return random.pick<() => Link[]>([
    one,
    one,
    one,
    one,
    () => ["socket", ["join", room]],
    () => ["socket", ["leave", room]],
    () => [...target, ["fetchSockets"]],
    () => [...target, [random.pick(["socketsJoin", "socketsLeave"]), room]],
    () => [
      ...target,
      ["timeout", TIMEOUT],
      ["emitWithAck", random.pick(["name?", "bytes?"]), sent],
    ],
    () => [
      ...target,
      ["timeout", TIMEOUT],
      ["emitWithAck", random.pick(["name?", "silence?"]), sent],
    ],
    () =>
      random.below(5) === 0 ? [...target, ["disconnectSockets", random.below(2) === 0]] : one(),
  ])();
}

function values(random: Random): unknown[] {
  const all = [1, "text", null, { a: [1] }, Buffer.from([1, 2]), { deep: [Buffer.from([3])] }, []];
  return Array.from({ length: random.below(3) }, () => random.pick(all));
}

// --- running them ---------------------------------------------------------------------------------------

/** What was seen after each step, by client; and what the server's code found out. */
export type Seen = unknown[][];

interface Client {
  socket: Socket;
  team: Socket | undefined;
  shard: number;
  got: unknown[];
}

class Run {
  readonly #place: Place;
  readonly #clients: (Client | undefined)[] = Array.from({ length: CLIENTS });
  readonly #expected: Seen | undefined;
  readonly #seen: Seen = [];

  /** `expected`: what is waited for; else it is what has come after a while. */
  constructor(place: Place, expected?: Seen) {
    this.#place = place;
    this.#expected = expected;
  }

  async all(program: Program): Promise<Seen> {
    try {
      for (const { step, sleepers } of program) {
        await Promise.all(sleepers.map((shard) => this.#place.sleep(shard)));
        const results = await this.#perform(step);
        await this.#settle();
        const got = this.#clients.map((client) => client?.got.splice(0));
        // Which of its namespaces a client comes back to first is nobody's promise.
        if (step.kind === "back") got[step.client]?.sort(byNamespace);
        this.#seen.push([results, ...got]);
        const expected = this.#expected?.[this.#seen.length - 1];
        if (expected !== undefined) {
          assert.deepEqual(this.#seen.at(-1), expected, JSON.stringify({ step, sleepers }));
        }
      }
      return this.#seen;
    } finally {
      for (const client of this.#clients) client?.socket.io.engine.close();
    }
  }

  async #perform(step: Step): Promise<unknown> {
    if (step.kind === "end") {
      const clients = this.#clients.filter((client) => client?.shard === step.shard);
      const sockets = clients.flatMap((client) =>
        client?.socket.io.engine ? [client.socket] : [],
      );
      await this.#place.end(step.shard, sockets);
      return undefined;
    }
    if (step.kind === "come") return this.#come(step.client, step.room);
    const client = this.#clients[step.client];
    if (step.kind === "back") return client && this.#comeBack(client, step.shard);
    if (client === undefined || !client.socket.connected) return undefined;
    switch (step.kind) {
      case "team":
        await this.#joinTeam(client, step.client);
        return undefined;
      case "leave":
        client.socket.io.engine.close();
        return undefined;
      case "lose":
        client.socket.io.engine.close();
        // Until its server knows.
        await pause(50);
        return undefined;
      default: {
        const { team, socket } = client;
        const asked = step.isTeam && team?.connected ? team : socket;
        return this.#do(asked, step.chains);
      }
    }
  }

  /** Returns what of it is recovered. */
  async #comeBack(client: Client, shard: number): Promise<unknown> {
    const { socket, team } = client;
    if (socket.connected) return undefined;
    const hasConnection = team?.connected;
    if (!hasConnection) {
      client.shard = shard;
      socket.io.opts.query = this.#place.query(shard);
    }
    const all = [socket, ...(team === undefined || team.connected ? [] : [team])];
    const back = all.map((each) => next(each, "connect"));
    for (const each of all) each.connect();
    await Promise.all(back);
    return all.map(({ recovered }) => recovered);
  }

  async #joinTeam(client: Client, number: number): Promise<void> {
    if (client.team?.connected) return;
    const auth = { name: number };
    client.team = client.socket.io.socket(`/team-${number % 2}`, { auth });
    record(client, client.team, number);
    await next(client.team, "connect");
  }

  async #come(number: number, room: string | undefined): Promise<void> {
    const shard = number % SHARDS;
    const socket = connect(this.#place.url, "", {
      query: this.#place.query(shard),
      auth: { name: number },
      reconnection: false,
    });
    const client: Client = { socket, team: undefined, shard, got: [] };
    record(client, socket, number);
    this.#clients[number] = client;
    await next(socket, "connect");
    if (room !== undefined) await this.#do(socket, [["socket", ["join", room]]]);
  }

  /** Undefined if the client is disconnected by it. */
  async #do(socket: Socket, chains: Link[][]): Promise<unknown> {
    const gone = next(socket, "disconnect").then(() => undefined);
    return Promise.race([ask(socket, "do", this.#withIds(chains)), gone]);
  }

  /** The ids of clients differ from place to place. */
  #withIds(value: unknown): unknown {
    if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
    if (Array.isArray(value)) return value.map((item) => this.#withIds(item));
    if ("client" in value) return this.#clients[value.client as number]?.socket.id ?? "nobody";
    return value;
  }

  /** Waits for all that is expected, or until nothing comes any more. */
  async #settle(): Promise<void> {
    const expected = this.#expected?.[this.#seen.length]?.slice(1) as unknown[][] | undefined;
    const count = () => this.#clients.map((client) => client?.got.length ?? 0);
    const isThere = () => count().every((got, at) => got >= (expected?.[at]?.length ?? 0));
    for (const end = Date.now() + PATIENCE; !isThere() && Date.now() < end; ) await pause(2);
    for (let last = ""; last !== `${count()}`; ) {
      last = `${count()}`;
      await pause(20);
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What a socket of a client gets. Why a connection was lost is another thing where an object has ended. */
function record({ got }: Client, socket: Socket, name: number): void {
  const { nsp } = socket as unknown as { nsp: string };
  socket.off();
  socket.offAny();
  socket.on("disconnect", () => got.push([nsp, "disconnect"]));
  socket.onAny((event: string, ...args: unknown[]) => {
    const answer = args.at(-1);
    if (typeof answer === "function") {
      if (event === "name?") answer(name);
      if (event === "bytes?") answer(Buffer.from([name]));
      args.pop();
    } else if (hasOffset(socket) && event !== "volatile") args.pop();
    got.push([nsp, event, ...args]);
  });
}

/** Of two things that were got, by a sort that leaves all others as they are. */
function byNamespace(one: unknown, other: unknown): number {
  const [[name], [otherName]] = [one, other] as [[string], [string]];
  return name < otherName ? -1 : Number(name > otherName);
}

/** Whether what it gets ends with an offset. */
function hasOffset(socket: Socket): boolean {
  return (socket as unknown as { _pid: string | undefined })._pid !== undefined;
}

/** A session that has come back once `socket.io` gives again, also when the server has ended it since. */
function forgetSession(socket: object, reason: string): void {
  if (!reason.includes("namespace disconnect")) return;
  const { pid, adapter } = socket as { pid: string; adapter: { sessions?: Map<string, unknown> } };
  adapter.sessions?.delete(pid);
}

/** Runs a program on npm's `socket.io`. */
export async function runOnOracle(program: Program, recovers: boolean): Promise<Seen> {
  const options = recovers ? { connectionStateRecovery: {} } : {};
  const { url, stop } = await startOracle(options, (io) => {
    serve(io as unknown as Parameters<typeof serve>[0], recovers, forgetSession);
  });
  const end = async (_: number, clients: Socket[]) => {
    for (const { io } of clients) io.engine.close();
  };
  try {
    return await new Run({ url, query: () => ({}), sleep: async () => {}, end }).all(program);
  } finally {
    await stop();
  }
}

/** Runs it on an object of the Worker, or on shards. Rejects at the first step after which anything differs. */
export async function runOnWorker(
  worker: RunningWorker,
  {
    server,
    binding,
    program,
    expected,
  }: {
    server: string;
    binding: "SINGLE" | "SPREAD" | "RECOVERING";
    program: Program;
    expected: Seen;
  },
): Promise<void> {
  const { url } = worker;
  const isSpread = binding !== "SINGLE";
  const nameOf = (shard: number) => (isSpread && shard > 0 ? `${server}/shard-${shard}` : server);
  const place: Place = {
    url,
    query: (shard) => ({ server, binding, shard: `${shard}` }),
    async sleep(shard) {
      if (!isSpread && shard > 0) return;
      await worker.evict(nameOf(shard), "hibernate", binding).catch((error: Error) => {
        if (!/not (currently )?(running|found|loaded|exist)/i.test(error.message)) throw error;
      });
    },
    async end(shard, clients) {
      const lost = clients.filter(({ connected }) => connected);
      const gone = lost.map((client) => next(client, "disconnect"));
      await fetch(`${url}/abort?${new URLSearchParams({ server: nameOf(shard), binding })}`);
      await Promise.all(gone);
    },
  };
  await new Run(place, expected).all(program);
}
