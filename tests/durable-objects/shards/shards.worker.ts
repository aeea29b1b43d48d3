/** A server of three shards: each client says which one it wants. */
import { createServer, routeSocketIO, type Server } from "dormouse-io";
import { emitter } from "dormouse-io/emitter";
import { shards } from "dormouse-io/shards";
import * as parser from "socket.io-msgpack-parser";

interface Env {
  readonly CHAT: DurableObjectNamespace;
  readonly RECOVERING: DurableObjectNamespace;
  readonly HASTY: DurableObjectNamespace;
  readonly PACKED: DurableObjectNamespace;
}

/** Where clients may come back to. */
const RECOVERABLE = ["RECOVERING", "HASTY", "PACKED"] as const;

let count = 3;

const spread = shards({
  count: () => count,
  by(request) {
    const { searchParams } = new URL(request.url);
    if (searchParams.has("any")) return undefined;
    return searchParams.get("visit") ?? Number(searchParams.get("shard"));
  },
});

/** So many numbers may be on their way. */
const AHEAD = 6;

/** What programs take for rooms by mistake. */
const ODD_ROOMS = [
  Number.NaN,
  -1.5,
  undefined,
  null,
  { a: 1 },
  10n,
  true,
  () => 1,
] as unknown[] as string[];

/** How often each object has started, how many calls it has got, by name: globals outlive a sleep here. */
const started: Record<string, number> = {};
const called: Record<string, number> = {};

function chat(
  io: Server,
  { name = "", ctx }: { name?: string | undefined; ctx: DurableObjectState },
): void {
  started[name] = (started[name] ?? 0) + 1;
  io.on("connection", (socket) => {
    socket.data.shard = name;
    socket.on("join", async (rooms, done) => {
      await socket.join(rooms);
      done();
    });
    socket.on("join odd rooms", async (done) => {
      const joining = socket.join(ODD_ROOMS);
      io.emit("in the same turn");
      await joining;
      done();
    });
    socket.on("emit to odd rooms", (done) => {
      for (const [number, room] of ODD_ROOMS.entries()) io.to(room).emit("odd", number);
      done(ODD_ROOMS.length);
    });
    socket.on("where?", (done) => done(name));
    socket.on("leave", async (room, done) => {
      await socket.leave(room);
      done();
    });
    /** Does things to others, as a server's code would: `[room operators], method, arguments`. */
    socket.on("do", async (steps: [string, unknown[]][][], done) => {
      const results: unknown[] = [];
      for (const chain of steps) results.push(await follow(io, socket, chain));
      done(results);
    });
    /** In how many rooms other shards have members, as this one's storage says. */
    socket.on("rows", async (done) => {
      done((await ctx.storage.list({ prefix: "dormouse:cluster:home:" })).size);
    });
    socket.on("wipe", async (done) => {
      await ctx.storage.deleteAll();
      done();
    });
    /**
     * Says numbers to rooms ("": to all), as often as it is asked to, with pauses of so many milliseconds; longer ones
     * where the others do not get on, for what is on its way comes before whatever waits for it.
     */
    socket.on("count", async (sender, rooms: string[], times: number, pause: number, done) => {
      const heard: Promise<unknown>[] = [];
      for (let number = 0; number < times; number++) {
        for (const room of rooms)
          (room === "" ? io : io.to(room)).emit("number", sender, room, number);
        heard.push(io.serverSideEmitWithAck("who?").catch(() => {}));
        await new Promise((resolve) => setTimeout(resolve, pause));
        if (heard.length > AHEAD) await heard.shift();
      }
      done();
    });
    socket.on("abort", () => ctx.abort("on purpose"));
  });
  io.of("/").adapter.on("expire-session", (id: string) => io.emit("expired", id, name));
  io.on("hello", (...args) => io.local.emit("server heard", name, ...args.slice(0, 1)));
  io.on("who?", (answer) => answer(name));
  io.of("/admin").on("connection", () => {});
  io.of(/^\/team-\d+$/).on("connection", () => {});
}

/** `[["to", ["a"]], ["emit", ["x"]]]` is `io.to("a").emit("x")`. A first step `["socket", []]` begins there. */
async function follow(io: Server, socket: object, chain: [string, unknown[]][]): Promise<unknown> {
  let target: unknown = io;
  try {
    for (const [method, args] of chain) {
      if (method === "socket") target = socket;
      else if (method === "local" || method === "volatile" || method === "broadcast") {
        target = (target as Record<string, unknown>)[method];
      } else if (method === "emitMany") {
        const [count, units = 0] = args as number[];
        const more = units > 0 ? ["x".repeat(units)] : [];
        for (let number = 0; number < Number(count); number++) io.emit("many", number, ...more);
        target = null;
      } else if (method === "sockets" || method === "adapter") {
        target = (target as Record<string, unknown>)[method];
      } else if (method === "remote" || method === "remoteAsk") {
        const [remote] = await (target as { fetchSockets(): Promise<Remote[]> }).fetchSockets();
        const [name, ...rest] = args as [string, ...unknown[]];
        target =
          method === "remote"
            ? remote?.[name]?.(...rest) && null
            : await remote?.timeout?.(5_000).emitWithAck(name);
      } else
        target = (target as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args);
    }
    const result = await target;
    if (Array.isArray(result)) return result.map(describe);
    if (result instanceof Set) return [...result];
    return typeof result === "object" ? null : result;
  } catch (error) {
    const { message, responses } = error as Error & { responses?: unknown };
    return { error: message, responses };
  }
}

type Remote = Record<string, (...args: unknown[]) => unknown> & {
  timeout(milliseconds: number): { emitWithAck(name: string): Promise<unknown> };
};

function describe(item: unknown): unknown {
  if (typeof item !== "object" || item === null || !("handshake" in item)) return item;
  const { id, rooms, data, handshake } = item as {
    id: string;
    rooms: Set<string>;
    data: unknown;
    handshake: { query: { shard: string } };
  };
  return { id, rooms: [...rooms], data, shard: handshake.query.shard };
}

/** What goes wrong with calls of an object, by name. */
const faults: Record<string, { kind: string; left: number }> = {};

/** By name: until when calls wait, which keep their order. */
const held: Record<string, Promise<void>> = {};

function hold(name: string, milliseconds: number): Promise<void> {
  const holding = new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  held[name] = holding;
  holding.then(() => {
    delete held[name];
  });
  return holding;
}

/** How long calls are on their way between shards of `Recovering`, at most and in milliseconds. */
let latency = 0;

/** How often clients were refused, by name. */
const refused: Record<string, number> = {};

function isFull({ id }: DurableObjectState, kind: string): boolean {
  const name = id.name ?? "";
  if (faults[name]?.kind !== kind) return false;
  refused[name] = (refused[name] ?? 0) + 1;
  return true;
}

/** An application may have a limit of its own. */
const allowRequest = (_request: unknown, _env: unknown, ctx: DurableObjectState): boolean =>
  !isFull(ctx, "limited");

/** Its clients may come back. */
export class Recovering extends createServer(
  { shards: spread, connectionStateRecovery: {} },
  chat,
) {
  /** By who calls. */
  readonly #last = new Map<unknown, Promise<void>>();

  /** Calls of one shard stay in order; those of several come in any. */
  dormousePerform(message: { from?: unknown }): Promise<unknown> {
    // @ts-expect-error It is not in the types: it is the library's own.
    const perform = () => super.dormousePerform(message) as Promise<unknown>;
    const fault = faults[this.ctx.id.name ?? ""];
    if (fault !== undefined && fault.left > 0) {
      fault.left -= 1;
      return this.#performAndEnd(perform);
    }
    if (latency === 0) return perform();
    const { from } = message;
    const before = this.#last.get(from) ?? Promise.resolve();
    const milliseconds = Math.random() ** 3 * latency;
    const way = new Promise<void>((go) => setTimeout(go, milliseconds));
    const arrival = Promise.all([before, way]).then(() => {});
    this.#last.set(from, arrival);
    return arrival.then(perform);
  }

  /** It is done, and kept, and nobody hears of it. */
  async #performAndEnd(perform: () => Promise<unknown>): Promise<unknown> {
    await perform();
    await this.ctx.storage.sync();
    this.ctx.abort("on purpose");
    return undefined;
  }

  abort(): void {
    this.ctx.abort("on purpose");
  }
}

/** For a moment only. */
export const Hasty = createServer(
  { shards: spread, connectionStateRecovery: { maxDisconnectionDuration: 2_000 } },
  chat,
);

export const Packed = createServer({ shards: spread, connectionStateRecovery: {}, parser }, chat);

export class Chat extends createServer({ shards: spread, allowRequest }, chat) {
  constructor(ctx: DurableObjectState, env: Env) {
    const accept = ctx.acceptWebSocket.bind(ctx);
    ctx.acceptWebSocket = (...given) => {
      // As workerd says of the one that would be too many.
      if (!isFull(ctx, "full")) return accept(...given);
      throw new Error("only 32768 websockets can be accepted on a single Durable Object instance");
    };
    super(ctx, env);
  }

  async dormousePerform(message: unknown): Promise<unknown> {
    const name = this.ctx.id.name ?? "";
    called[name] = (called[name] ?? 0) + 1;
    // @ts-expect-error It is not in the types: it is the library's own.
    const perform = () => super.dormousePerform(message) as Promise<unknown>;
    const fault = faults[name];
    if (fault === undefined || fault.left === 0) {
      const { [name]: holding } = held;
      return holding === undefined ? perform() : holding.then(perform);
    }
    fault.left -= 1;
    const failure = new Error(`${fault.kind} on purpose`);
    switch (fault.kind) {
      case "throw":
        throw failure;
      case "overloaded":
        throw Object.assign(failure, { overloaded: true, retryable: true });
      case "slow":
        await new Promise((resolve) => setTimeout(resolve, 6000));
        return perform();
      case "never":
        return new Promise(() => {});
      case "ends":
        // Whoever has asked waits for an answer by now.
        setTimeout(() => this.ctx.abort("on purpose"), 300);
        return perform();
      case "late":
        return hold(name, 300).then(perform);
      case "too late":
        return hold(name, 1500).then(perform);
      case "overtaken":
        await new Promise((resolve) => setTimeout(resolve, 300));
        return perform();
      case "aborted":
        await perform();
        // What it passes on is on its way, or there.
        await new Promise((resolve) => setTimeout(resolve, 100));
        this.ctx.abort("on purpose");
        throw failure;
      default:
        // It has been performed, and nobody hears of it.
        await perform();
        throw Object.assign(failure, { durableObjectReset: true });
    }
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/book") return Response.json({ started, called, refused });
    if (pathname === "/fault") {
      const [name = "", kind = "", left = ""] = ["name", "kind", "left"].map(
        (key) => searchParams.get(key) ?? "",
      );
      faults[name] = { kind, left: Number(left) };
      return new Response(null, { status: 204 });
    }
    const server = searchParams.get("server") ?? "default";
    if (pathname === "/emit") {
      const isDirect = searchParams.has("direct");
      const io = emitter(env.CHAT, { name: server, ...(isDirect && { shards: spread }) }).of(
        searchParams.get("nsp") ?? "/",
      );
      if (searchParams.has("nsp")) await io.socketsJoin("x");
      await io.to("x").emit("from outside");
      const sockets = await io.fetchSockets();
      const answers = await io.timeout(20_000).emitWithAck("ready?");
      return Response.json({ sockets: sockets.map(({ id }) => id), answers });
    }
    if (pathname === "/emit-one") {
      const binding = searchParams.get("binding") as keyof Env;
      const [name, ...args] = JSON.parse(searchParams.get("event") ?? "") as [string];
      const sent = emitter(env[binding], { name: server })
        .of(searchParams.get("nsp") ?? "/")
        .emit(name, ...args);
      return sent.then(
        () => new Response("sent"),
        (error) => new Response((error as Error).message, { status: 500 }),
      );
    }
    if (pathname === "/burst") {
      const isPlain = searchParams.has("plain");
      const io = emitter(env.CHAT, { name: server, ...(!isPlain && { shards: spread }) });
      const rooms = searchParams.getAll("room");
      for (const room of rooms) io.to(room).emit("burst", room);
      if (isPlain) io.serverSideEmit("hello", "outside");
      if (searchParams.get("end") !== "") io.in(rooms).disconnectSockets();
      await io.flush();
      return new Response(null, { status: 204 });
    }
    if (pathname === "/message") {
      const stub = env.CHAT.getByName(server) as unknown as Chat;
      const answers = stub.dormousePerform(await request.json());
      return Response.json(await answers.catch((error: Error) => error.message));
    }
    if (pathname === "/abort") {
      const stub = env.RECOVERING.getByName(
        searchParams.get("name") ?? "",
      ) as unknown as Recovering;
      await Promise.resolve(stub.abort()).catch(() => {});
      return new Response(null, { status: 204 });
    }
    if (pathname === "/latency") latency = Number(searchParams.get("milliseconds"));
    if (pathname === "/raise") count = Number(searchParams.get("count"));
    const routed = await routeSocketIO(
      request,
      env[RECOVERABLE.find((name) => name === searchParams.get("binding")) ?? "CHAT"],
      {
        name: server,
        shards: spread,
      },
    );
    return routed ?? new Response(null, { status: 204 });
  },
};
