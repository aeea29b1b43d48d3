/** Servers whose clients are in several namespaces over one connection, and recover each of their sessions. */
import { createServer, routeSocketIO, type Server, type Socket } from "dormouse-io";
import { shards } from "dormouse-io/shards";
import type { ObjectServerOptions } from "../../durable-objects/shared/create-server/shards-option.ts";

interface Env {
  readonly PLAIN: DurableObjectNamespace;
  readonly STRICT: DurableObjectNamespace;
  readonly SPREAD: DurableObjectNamespace;
}

type IO = Server;

const HOUR = 3_600_000;

const spread = shards({
  count: 3,
  by: (request) => Number(new URL(request.url).searchParams.get("shard")),
});

/** How long calls are on their way to a shard, at most and in milliseconds, by its object's name. */
const latency = new Map<string, number>();

function serve(io: IO): void {
  for (const nsp of ["/", "/a", "/b", /^\/d-\w$/]) {
    const namespace = io.of(nsp);
    namespace.use(async (socket, next) => {
      if (nsp === "/a") await new Promise((resolve) => setTimeout(resolve, 3));
      next(socket.handshake.auth.isRefused ? new Error("refused") : undefined);
    });
    namespace.on("connection", (socket: Socket) => {
      if (!socket.recovered) {
        const { name, rooms } = socket.handshake.auth;
        socket.data = { name, count: 0, key: Buffer.from(name) };
        void socket.join(rooms);
      }
      socket.on("join", async (room, done) => {
        await socket.join(room);
        done();
      });
      socket.on("leave", (room, done) => {
        socket.leave(room);
        done();
      });
      socket.on("count", (done) => {
        socket.data.count += 1;
        done();
      });
      socket.on("who", (done) => {
        const { name, count, key } = socket.data;
        const rooms = [...socket.rooms].filter((room) => room !== socket.id).sort();
        done({ rooms, name, count, key: Buffer.isBuffer(key) && `${key}` });
      });
    });
  }
}

function makeRoom(options: ObjectServerOptions) {
  const recovery = { maxDisconnectionDuration: HOUR, ...Object(options.connectionStateRecovery) };
  const intervals = { pingInterval: HOUR, pingTimeout: HOUR };
  return class extends createServer(
    { ...intervals, ...options, connectionStateRecovery: recovery },
    (io: IO) => serve(io),
  ) {
    /** By who calls. */
    readonly #last = new Map<unknown, Promise<void>>();

    override async fetch(request: Request): Promise<Response> {
      const { searchParams, pathname } = new URL(request.url);
      if (pathname === "/abort") this.ctx.abort("on purpose");
      if (pathname !== "/emit") return super.fetch(request);
      const { nsp, room, except, numbers, volatile } = Object.fromEntries(searchParams);
      const [first = 0, last = 0] = (numbers ?? "").split("-").map(Number);
      let target = this.io.of(nsp as string).to(room === "" ? [] : [room as string]);
      if (except) target = target.except(except);
      for (let number = first; number <= last; number++) {
        if (number % 3 === 0) target.emit("number", number, new Uint8Array([number % 256]));
        else target.emit("number", number, number % 3 === 1 ? "text" : { number });
        if (volatile) target.volatile.emit("volatile", "text");
      }
      return new Response(null, { status: 204 });
    }

    /** Calls of one shard stay in order; those of several come in any. */
    dormousePerform(message: { from?: unknown }): Promise<unknown> {
      // @ts-expect-error It is not in the types: it is the library's own.
      const perform = () => super.dormousePerform(message) as Promise<unknown>;
      const most = latency.get(this.ctx.id.name ?? "") ?? 0;
      if (most === 0 && this.#last.size === 0) return perform();
      const { from } = message;
      const before = this.#last.get(from);
      const way = new Promise<void>((go) => setTimeout(go, Math.random() ** 3 * most));
      const arrival = Promise.all([before, way]).then(() => {
        if (this.#last.get(from) === arrival) this.#last.delete(from);
      });
      this.#last.set(from, arrival);
      return arrival.then(perform);
    }
  };
}

export class Plain extends makeRoom({ connectionStateRecovery: {} }) {}
export class Strict extends makeRoom({
  connectionStateRecovery: { durability: "strict", skipMiddlewares: false },
}) {}
export class Spread extends makeRoom({
  shards: spread,
  connectionStateRecovery: { durability: "strict", skipMiddlewares: false },
}) {}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const server = searchParams.get("server") ?? "";
    const binding = env[(searchParams.get("binding") ?? "PLAIN") as keyof Env];
    if (pathname === "/latency") {
      latency.set(server, Number(searchParams.get("milliseconds")));
      return new Response(null, { status: 204 });
    }
    if (pathname === "/abort" || pathname === "/emit") {
      const asked = binding.getByName(server).fetch(request);
      return asked.catch(() => new Response(null, { status: 204 }));
    }
    const isSpread = searchParams.get("binding") === "SPREAD";
    const options = { name: server, ...(isSpread && { shards: spread }) };
    return (await routeSocketIO(request, binding, options)) ?? new Response(null, { status: 404 });
  },
};
