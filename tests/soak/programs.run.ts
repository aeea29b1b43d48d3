/**
 * Runs random programs: whatever each client gets, in which order, and what the server's code and emitters find out has
 * to be the same wherever they run.
 */
import assert from "node:assert/strict";
import type { Socket } from "socket.io-client";
import { ask, connect, next } from "../support/stock-client.ts";
import type { Link } from "./programs.application.ts";
import { CLIENTS, type Outside, type Program, SHARDS, type Step, TEAMS } from "./programs.ts";

/** How long a delivery may take. */
const PATIENCE = 60_000;

/** Where a program runs. */
export interface Place {
  readonly url: string;
  /** For a client of a shard. */
  query(shard: number): Record<string, string>;
  sleep(shard: number): Promise<void>;
  /** The connections of a shard's clients end, which have these sockets. */
  end(shard: number, sockets: Socket[]): Promise<void>;
  /** What an emitter finds out. `crash`: the shard ends, with the connections of its clients. */
  outside(outside: Outside, crash?: Crash): Promise<unknown[]>;
}

/** A shard that ends when an emitter has begun so many chains. */
export interface Crash {
  shard: number;
  after: number;
  sockets: Socket[];
}

/** What was seen after each step, by client; and what the server's code found out. */
export type Seen = unknown[][];

interface Client {
  socket: Socket;
  team: Socket | undefined;
  shard: number;
  got: unknown[];
}

export class Run {
  readonly #place: Place;
  readonly #clients: (Client | undefined)[] = Array.from({ length: CLIENTS });
  readonly #expected: Seen | undefined;
  readonly #seen: Seen = [];
  /** By client: what it has not got, for its shard has ended. */
  readonly #owed: unknown[][][] = [];

  /** `expected`: what is waited for; else it is what has come after a while. */
  constructor(place: Place, expected?: Seen) {
    this.#place = place;
    this.#expected = expected;
  }

  async all(program: Program): Promise<Seen> {
    try {
      for (const { step, sleepers } of program) {
        await Promise.all(sleepers.map((shard) => this.#place.sleep(shard)));
        if (step.kind === "come") this.#owed[step.client] = [];
        const ended = step.kind === "crash" ? this.#clientsOf(step.shard) : [];
        const results = await this.#perform(step);
        await this.#settle(ended);
        const got = this.#clients.map((client) => client?.got.splice(0));
        // Which of its namespaces a client comes back to first is nobody's promise.
        if (step.kind === "back") got[step.client]?.sort(byNamespace);
        this.#seen.push([results, ...got]);
        if (this.#expected !== undefined) this.#compare(step, sleepers, ended);
      }
      return this.#seen;
    } finally {
      for (const client of this.#clients) client?.socket.io.engine.close();
    }
  }

  #compare(step: Step, sleepers: number[], ended: readonly Client[]): void {
    const seen = this.#seen.at(-1) as unknown[];
    const all = this.#expected?.[this.#seen.length - 1] as unknown[];
    const [results, ...expected] = all as [unknown, ...(unknown[][] | undefined)[]];
    const what = JSON.stringify({ step, sleepers });
    for (const client of ended) {
      const number = this.#clients.indexOf(client);
      const got = seen[1 + number] as unknown[][];
      const wanted = expected[number] as unknown[][];
      expected[number] = this.#upToItsEnd(number, got, wanted);
    }
    if (step.kind === "back") {
      const owed = this.#owed[step.client] ?? [];
      this.#owed[step.client] = [];
      expected[step.client]?.unshift(...owed);
      expected[step.client]?.sort(byNamespace);
    }
    assert.deepEqual(seen, [results, ...expected], what);
  }

  /** A client whose shard has ended meanwhile got the first part: the rest comes when it recovers, if it does. */
  #upToItsEnd(number: number, got: unknown[][], wanted: unknown[][]): unknown[][] {
    const isEnd = ([, event]: unknown[]) => event === "disconnect";
    const count = got.filter((each) => !isEnd(each)).length;
    const events = wanted.filter((each) => !isEnd(each));
    this.#owed[number] = events.slice(count);
    return [...events.slice(0, count), ...wanted.filter(isEnd)];
  }

  #clientsOf(shard: number): Client[] {
    return this.#clients.flatMap((client) => {
      return client?.shard === shard && socketsOf([client]).length > 0 ? [client] : [];
    });
  }

  async #perform(step: Step): Promise<unknown> {
    if (step.kind === "end") {
      await this.#place.end(step.shard, socketsOf(this.#clientsOf(step.shard)));
      return undefined;
    }
    if (step.kind === "outside") return this.#outside(step.outside);
    if (step.kind === "crash") {
      const { shard, after } = step;
      const sockets = socketsOf(this.#clientsOf(shard));
      return this.#outside(step.outside, { shard, after, sockets });
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
    client.team = client.socket.io.socket(TEAMS[number % 2] as string, { auth });
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

  async #outside(outside: Outside, crash?: Crash): Promise<unknown[]> {
    const chains = this.#withIds(outside.chains) as Link[][];
    const results = await this.#place.outside({ ...outside, chains }, crash);
    // An emitter says of nothing whether it was done, and has no `Buffer`s everywhere.
    return results.map((result) => {
      if (!Array.isArray(result)) return null;
      return JSON.parse(JSON.stringify(result).replaceAll('"Buffer ', '"Uint8Array '));
    });
  }

  /** The ids of clients differ from place to place. */
  #withIds(value: unknown): unknown {
    if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
    if (Array.isArray(value)) return value.map((item) => this.#withIds(item));
    if ("client" in value) return this.#clients[value.client as number]?.socket.id ?? "nobody";
    return value;
  }

  /** Waits for all that is expected, but of those who may get less; or until nothing comes any more. */
  async #settle(ended: readonly Client[]): Promise<void> {
    const expected = this.#expected?.[this.#seen.length]?.slice(1) as unknown[][] | undefined;
    const count = () => this.#clients.map((client) => client?.got.length ?? 0);
    const isThere = () =>
      this.#clients.every((client, at) => {
        if (client === undefined || ended.includes(client)) return true;
        const owed = client.socket.connected ? (this.#owed[at]?.length ?? 0) : 0;
        return client.got.length >= (expected?.[at]?.length ?? 0) + owed;
      });
    for (const end = Date.now() + PATIENCE; !isThere() && Date.now() < end; ) await pause(2);
    for (let last = ""; last !== `${count()}`; ) {
      last = `${count()}`;
      await pause(20);
    }
  }
}

/** In which they are connected: perhaps in another namespace only. */
function socketsOf(clients: readonly Client[]): Socket[] {
  const sockets = clients.flatMap(({ socket, team }) => [socket, team]);
  return sockets.filter((socket) => socket !== undefined).filter(({ connected }) => connected);
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
