/** A chat with admins in a Durable Object, for tests, and what they want to know of it. */
import { hashSync } from "bcryptjs";
import type { Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { connect } from "../../support/stock-client.ts";

export const NAME = "somebody";
export const PASSWORD = "a password for tests";

/** Few rounds: it is a test's. */
const HASH = hashSync(PASSWORD, 4);

/** Heartbeats of the objects that beat: so many, so many milliseconds apart. An idle hour has 144, every 25 s. */
export const HEARTBEATS = {
  count: process.env.DORMOUSE_LONG === undefined ? 4 : 20,
  interval: 1_000,
};

/** Between two heartbeats of the objects that fall asleep by themselves, in milliseconds: ten seconds and a little. */
export const NAP = 12_000;

const SOURCE = `
  import { createServer, routeSocketIO } from "dormouse-io";
  import { instrument } from "dormouse-io/admin";
  import { shards } from "dormouse-io/shards";
  const spread = shards({ count: 3, by: ({ url }) => Number(new URL(url).searchParams.get("shard")) });
  const wakes = new Map();
  const options = (url) => ({ pingInterval: url ? 3_600_000 : 25_000, pingTimeout: 3_600_000 });
  const auth = { type: "basic", username: ${JSON.stringify(NAME)}, password: ${JSON.stringify(HASH)} };
  const chat = (io, name) => {
    wakes.set(name, wakes.get(name) ?? []);
    io.engine.on("wake", ({ cause }) => wakes.get(name).push(cause));
    io.on("connection", (socket) => {
      socket.data.name ??= socket.handshake.auth.name;
      socket.join("lobby");
      socket.on("say", (text, ack) => {
        socket.data.said = text;
        io.to("lobby").emit("said", text);
        ack?.();
      });
      socket.on("rooms", (ack) => ack([...socket.rooms]));
      socket.on("reasons", (ack) => ack(io.awakeReasons.map(({ kind, what }) => [kind, what])));
    });
    io.of("/other").on("connection", () => {});
  };
  const make = (given, pingInterval = 3_600_000, more = {}) =>
    class extends createServer({ pingInterval, pingTimeout: 3_600_000, ...more }, (io, { name }) => {
      chat(io, name);
      if (given !== undefined) instrument(io, { serverId: name, ...given });
    }) {
      stats() {
        return this.io.stats();
      }
    };
  export const Watched = make({ auth });
  export const Looked = make({ auth, mode: "production", readonly: true });
  export const Open = make({ auth: false, mode: "production" });
  export const Plain = make(undefined, ${HEARTBEATS.interval});
  export const Beating = make({ auth }, ${HEARTBEATS.interval});
  export const Sleepy = make(undefined, ${NAP});
  export const Instrumented = make({ auth }, ${NAP});
  export const Spread = make({ auth }, undefined, { shards: spread });
  export default {
    async fetch(request, env) {
      const url = new URL(request.url);
      const [, kind, what] = url.pathname.split("/");
      const binding = env[kind.toUpperCase()];
      if (binding === undefined) return new Response("not found", { status: 404 });
      const object = binding.get(binding.idFromName(kind));
      if (what === "stats") return Response.json(await object.stats());
      if (what === "wakes") return Response.json(wakes.get(kind) ?? []);
      url.pathname = url.pathname.slice(kind.length + 1);
      const more = kind === "spread" ? { shards: spread } : {};
      return routeSocketIO(new Request(url, request), binding, { name: kind, ...more });
    },
  };`;

export type Kind =
  | "watched"
  | "looked"
  | "open"
  | "plain"
  | "beating"
  | "sleepy"
  | "instrumented"
  | "spread";

export class AdminServer {
  readonly worker: RunningWorker;
  readonly #clients: Socket[] = [];

  constructor(worker: RunningWorker) {
    this.worker = worker;
  }

  static async start(): Promise<AdminServer> {
    const kinds = [
      "Watched",
      "Looked",
      "Open",
      "Plain",
      "Beating",
      "Sleepy",
      "Instrumented",
      "Spread",
    ];
    const classes = Object.fromEntries(kinds.map((kind) => [kind.toUpperCase(), kind]));
    return new AdminServer(await startWorker({ entry: { source: SOURCE }, classes }));
  }

  /** A stock client of a namespace; of a shard, where there are several. */
  client(kind: Kind, auth: object = {}, namespace = "", shard = 0): Socket {
    const client = connect(`${this.worker.url}${namespace}`, `/${kind}`, {
      auth,
      query: { shard },
      reconnection: false,
    });
    this.#clients.push(client);
    return client;
  }

  /** One that may look. */
  admin(kind: Kind, auth: object = { username: NAME, password: PASSWORD }): Socket {
    return this.client(kind, auth, "/admin");
  }

  async ask<T>(kind: Kind, what: "stats" | "wakes"): Promise<T> {
    return (await (await fetch(`${this.worker.url}/${kind}/${what}`)).json()) as T;
  }

  sleep(kind: Kind): Promise<void> {
    return this.worker.evict(kind, "hibernate", kind.toUpperCase());
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.worker.stop();
  }
}
