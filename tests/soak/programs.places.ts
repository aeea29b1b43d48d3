/** Where random programs run: on npm's `socket.io`, and in a Worker. */
import type { Socket } from "socket.io-client";
import { emitter } from "../../layers/emitter/index.ts";
import { encodeJson } from "../../layers/emitter/wire/json.ts";
import type { RunningWorker } from "../support/miniflare.ts";
import { startOracle } from "../support/oracle.ts";
import { next } from "../support/stock-client.ts";
import { followAll, type Io, type Starts, serve } from "./programs.application.ts";
import { type Crash, type Place, Run, type Seen } from "./programs.run.ts";
import { type Outside, type Program, type Settings, SHARDS } from "./programs.ts";

const SECRET = "a secret of sixteen";

// --- socket.io -------------------------------------------------------------------------------------------

type Visitor = { handshake: { query: Record<string, unknown> } };
type Told = { emit(event: string, ...args: unknown[]): void };

/** What one server does in the place of several: of each client it knows on which of them it would be. */
class OneForAll {
  readonly #io: Io;
  readonly #count: number;
  /** Also of clients that may come back. */
  readonly #shards = new Map<string, number>();

  constructor(io: Io, count: number) {
    this.#io = io;
    this.#count = count;
    io.on("connection", (socket) => this.#shards.set(socket.id, this.#shardOf(socket)));
  }

  startsOf(socket: Visitor): Starts {
    const own = this.#shardOf(socket);
    const here = this.#io.except(this.#idsWhere((shard) => shard !== own));
    const others = this.#io.except(this.#idsWhere((shard) => shard === own));
    return { local: here, servers: this.#asServers(others, this.#count - 1) };
  }

  /** For emitters. */
  starts(namespace: string): Starts {
    const io = this.#io;
    return { root: io, io: io.of(namespace), servers: this.#asServers(io, this.#count) };
  }

  /** The listeners of servers tell their clients. */
  #asServers(told: Told, count: number): object {
    return {
      serverSideEmit(_event: string, number: number) {
        told.emit("told", number);
        return true;
      },
      serverSideEmitWithAck: async () => Array(count).fill("well"),
    };
  }

  #shardOf({ handshake }: Visitor): number {
    return Number(handshake.query.shard) % this.#count;
  }

  #idsWhere(isMeant: (shard: number) => boolean): string[] {
    return [...this.#shards].flatMap(([id, shard]) => (isMeant(shard) ? [id] : []));
  }
}

/** A session that has come back once `socket.io` gives again, also when the server has ended it since. */
function forgetSession(socket: object, reason: string): void {
  if (!reason.includes("namespace disconnect")) return;
  const { pid, adapter } = socket as { pid: string; adapter: { sessions?: Map<string, unknown> } };
  adapter.sessions?.delete(pid);
}

/** Runs a program on npm's `socket.io`. */
export async function runOnOracle(
  program: Program,
  { recovers, isSpread }: Settings,
): Promise<Seen> {
  const options = recovers ? { connectionStateRecovery: {} } : {};
  let server: OneForAll | undefined;
  const { url, stop } = await startOracle(options, (given) => {
    const io = given as unknown as Io;
    const one = new OneForAll(io, isSpread ? SHARDS : 1);
    server = one;
    serve(io, { recovers, startsOf: (socket) => one.startsOf(socket), onEnd: forgetSession });
  });
  const end = async (sockets: Socket[]) => {
    for (const { io } of sockets) io.engine.close();
  };
  const place: Place = {
    url,
    query: (shard) => ({ shard: `${shard}` }),
    sleep: async () => {},
    end: (_, sockets) => end(sockets),
    async outside({ namespace, chains }: Outside, crash?: Crash) {
      const results = await followAll(server?.starts(namespace) ?? {}, chains, false);
      if (crash === undefined) return results;
      // All of it comes before the end.
      await new Promise((resolve) => setTimeout(resolve, 50));
      await end(crash.sockets);
      return results;
    },
  };
  try {
    return await new Run(place).all(program);
  } finally {
    await stop();
  }
}

// --- a Worker --------------------------------------------------------------------------------------------

/** An object, or several, of a Worker. */
export interface WorkerPlace {
  worker: RunningWorker;
  binding: "SINGLE" | "SPREAD" | "RECOVERING";
  server: string;
}

/** Runs it there. Rejects at the first step after which anything differs. */
export async function runOnWorker(
  place: WorkerPlace,
  program: Program,
  expected: Seen,
): Promise<void> {
  await new Run(makePlace(place), expected).all(program);
}

function makePlace({ worker, binding, server }: WorkerPlace): Place {
  const { url } = worker;
  const isSpread = binding !== "SINGLE";
  const nameOf = (shard: number) => (isSpread && shard > 0 ? `${server}/shard-${shard}` : server);
  const abort = async (shard: number): Promise<void> => {
    await fetch(`${url}/abort?${new URLSearchParams({ server: nameOf(shard), binding })}`);
  };
  const disconnected = (sockets: Socket[]): Promise<unknown> =>
    Promise.all(sockets.map((socket) => next(socket, "disconnect")));
  return {
    url,
    query: (shard) => ({ server, binding, shard: `${shard}` }),
    async sleep(shard) {
      if (!isSpread && shard > 0) return;
      await worker.evict(nameOf(shard), "hibernate", binding).catch((error: Error) => {
        if (!/not (currently )?(running|found|loaded|exist)/i.test(error.message)) throw error;
      });
    },
    async end(shard, sockets) {
      const gone = disconnected(sockets);
      await abort(shard);
      await gone;
    },
    async outside(outside, crash) {
      const gone = disconnected(crash?.sockets ?? []);
      const results =
        outside.by === "address"
          ? await emitToAddress(outside, crash)
          : await emitInWorker(outside, crash);
      await gone;
      return results;
    },
  };

  async function emitToAddress(
    { namespace, chains, isTogether }: Outside,
    crash?: Crash,
  ): Promise<unknown[]> {
    const root = emitter(`${url}/emit?binding=${binding}`, { name: server, secret: SECRET });
    const starts = { root, servers: root, io: root.of(namespace) };
    let end: Promise<void> | undefined;
    const results = await followAll(starts, chains, isTogether, (chain) => {
      if (chain === crash?.after) end = abort(crash.shard);
    });
    await end;
    return results;
  }

  async function emitInWorker(outside: Outside, crash?: Crash): Promise<unknown[]> {
    const ending = crash && { name: nameOf(crash.shard), after: crash.after };
    const response = await fetch(`${url}/outside?${new URLSearchParams({ server, binding })}`, {
      method: "POST",
      body: JSON.stringify(encodeJson({ outside, crash: ending })),
    });
    return (await response.json()) as unknown[];
  }
}
