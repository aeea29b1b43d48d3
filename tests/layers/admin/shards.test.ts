// Admins of a server of three shards: they see all of them, act on all of them, and wake none once they are gone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { hashSync } from "bcryptjs";
import type { Socket } from "socket.io-client";
import { keyOf, rendezvous } from "../../../glue/adapter/shards/placement/placement.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";
import { NAME, PASSWORD } from "./worker.ts";

const SOURCE = `
  import { createServer, routeSocketIO } from "dormouse-io";
  import { instrument } from "dormouse-io/admin";
  import { shards } from "dormouse-io/shards";
  const spread = shards({ count: 3, by: (request) => Number(new URL(request.url).searchParams.get("shard")) });
  const auth = { type: "basic", username: ${JSON.stringify(NAME)}, password: ${JSON.stringify(hashSync(PASSWORD, 4))} };
  const options = { shards: spread, pingInterval: 3_600_000, pingTimeout: 3_600_000 };
  const book = {};
  const make = (mode) => class extends createServer(options, (io, { name, ctx }) => {
    book[name] ??= { started: 0, called: 0 };
    book[name].started += 1;
    io.on("connection", (socket) => {
      socket.data.shard = name;
      socket.on("join", async (room, ack) => (await socket.join(room), ack()));
      socket.on("say", (text, ack) => (io.emit("said", text), ack()));
      socket.on("rooms", (ack) => ack([...socket.rooms]));
      socket.on("abort", () => ctx.abort("on purpose"));
    });
    io.of(/^\\/team-\\d$/).on("connection", () => {});
    instrument(io, { auth, mode, ...(mode === "development" && { serverId: \`named \${name}\` }) });
  }) {
    async dormousePerform(message) {
      const counted = (book[this.ctx.id.name] ??= { started: 0, called: 0 });
      counted.called += 1;
      const { slow = 0 } = counted;
      if (slow > 0) await new Promise((resolve) => setTimeout(resolve, slow));
      return super.dormousePerform(message);
    }
    reasons() {
      return this.io.awakeReasons.map(({ what }) => what);
    }
  };
  export const Chat = make("development");
  export const Quiet = make("production");
  export default {
    async fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      const name = searchParams.get("server");
      const binding = searchParams.has("quiet") ? env.QUIET : env.CHAT;
      if (pathname === "/book") return Response.json(book[name] ?? { started: 0, called: 0 });
      if (pathname === "/slow") {
        book[name] = { started: 0, called: 0, slow: Number(searchParams.get("ms")) };
        return Response.json(null);
      }
      if (pathname === "/reasons") return Response.json(await binding.getByName(name).reasons());
      return (await routeSocketIO(request, binding, { name, shards: spread })) ??
        new Response(null, { status: 404 });
    },
  };`;

const SHARDS = [0, 1, 2];
const LOOKS = "an admin looks on";
let worker: RunningWorker;
const opened: Socket[] = [];

before(async () => {
  worker = await startWorker({
    entry: { source: SOURCE },
    classes: { CHAT: "Chat", QUIET: "Quiet" },
  });
});

after(async () => {
  for (const { io } of opened) io.engine.close();
  await worker?.stop();
});

/** A server by its name. */
class Spread {
  readonly #name: string;
  readonly #kind: object;

  constructor(name: string, kind: "chat" | "quiet" = "chat") {
    this.#name = name;
    this.#kind = kind === "chat" ? {} : { quiet: 1 };
  }

  nameOf(shard: number): string {
    return shard === 0 ? this.#name : `${this.#name}/shard-${shard}`;
  }

  open(shard: number, namespace = "/", auth: object = {}): Socket {
    const query = { server: this.#name, shard, ...this.#kind };
    const url = worker.url + namespace;
    const socket = connect(url, "", { query, auth, reconnection: false, forceNew: true });
    opened.push(socket);
    return socket;
  }

  async join(shard: number, namespace = "/"): Promise<Socket> {
    const client = this.open(shard, namespace);
    await next(client, "connect");
    return client;
  }

  /** An admin of this shard, and all that he is told. */
  look(shard: number, auth: object = { username: NAME, password: PASSWORD }): [Socket, Told] {
    const admin = this.open(shard, "/admin", auth);
    const told: Told = [];
    admin.onAny((...args) => told.push(args));
    return [admin, told];
  }

  async reasons(shard: number): Promise<string[]> {
    return this.#fetch("reasons", shard);
  }

  /** How often each shard has started, and how many calls it has got. */
  book(): Promise<Counted[]> {
    return Promise.all(SHARDS.map((shard) => this.#fetch<Counted>("book", shard)));
  }

  /** Calls of the shard take so many milliseconds longer. */
  async delay(shard: number, ms: number): Promise<void> {
    const query = new URLSearchParams({ server: this.nameOf(shard), ms: String(ms) });
    await fetch(`${worker.url}/slow?${query}`);
  }

  async sleep(): Promise<void> {
    await Promise.all(SHARDS.map((shard) => worker.evict(this.nameOf(shard), "hibernate", "CHAT")));
  }

  async #fetch<T>(what: string, shard: number): Promise<T> {
    const query = new URLSearchParams({ server: this.nameOf(shard), ...this.#kind });
    return (await (await fetch(`${worker.url}/${what}?${query}`)).json()) as T;
  }
}

type Told = unknown[][];

interface Counted {
  started: number;
  called: number;
}

/** Other shards believe for ten seconds that an admin looks who has not said that he is gone. */
const BELIEVED = 10_000;

async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  patience = 60_000,
): Promise<void> {
  for (const end = Date.now() + patience; !(await condition()); await delay(25)) {
    assert.ok(Date.now() < end, what);
  }
}

/** Events of this name that speak of this. */
function about(told: Told, event: string, what: unknown): Told {
  return told.filter(
    ([name, ...args]) => name === event && JSON.stringify(args).includes(String(what)),
  );
}

const serversOf = (told: Told) =>
  new Set(about(told, "server_stats", "").map(([, stats]) => (stats as Stats).serverId));

interface Shown {
  id: string;
  rooms: string[];
}

interface Stats {
  serverId: string;
  clientsCount: number;
  namespaces: { name: string; socketsCount: number }[];
}

const everywhere = async (server: Spread, isLookedAt: boolean): Promise<boolean> => {
  const reasons = await Promise.all(SHARDS.map((shard) => server.reasons(shard)));
  return reasons.every((list) => list.includes(LOOKS) === isLookedAt);
};

describe("shards", { concurrency: true }, () => {
  test("an admin sees sockets, rooms, events and numbers of all shards, which slept", async () => {
    const server = new Spread("seen");
    const [a, b, c] = [await server.join(0), await server.join(1), await server.join(2)];
    await server.sleep();
    const [admin, told] = server.look(0);
    const [sockets] = (await next(admin, "all_sockets")) as [{ id: string; data: object }[]];
    for (const [shard, { id }] of [a, b, c].entries()) {
      const found = sockets.find((socket) => socket.id === id) as Record<string, unknown>;
      assert.deepEqual(
        [found.nsp, found.transport, found.rooms, found.data],
        ["/", "websocket", [id], { shard: server.nameOf(shard) }],
      );
      assert.match(String(found.clientId), /^.{12}$/);
    }
    assert.equal(new Set(sockets.map(({ id }) => id)).size, sockets.length);
    await ask(b, "join", "a room");
    await ask(b, "say", "hello");
    const d = await server.join(2);
    const { id } = d;
    d.disconnect();
    await until(() => about(told, "socket_disconnected", id).length > 0, "told that one left");
    assert.equal(about(told, "socket_connected", id).length, 1);
    assert.deepEqual(about(told, "room_joined", "a room")[0]?.slice(1, 4), ["/", "a room", b.id]);
    await until(() => about(told, "event_sent", "hello").length >= 3, "told of what is sent");
    const received = about(told, "event_received", "hello");
    assert.deepEqual(
      received.map((args) => args.slice(1, 4)),
      [["/", b.id, ["say", "hello"]]],
    );
    const sent = about(told, "event_sent", "hello").map((args) => args[2]);
    assert.deepEqual(sent.sort(), [a.id, b.id, c.id].sort());
    await until(() => serversOf(told).size === 3, "numbers of all");
    assert.deepEqual(
      [...serversOf(told)].sort(),
      SHARDS.map((shard) => `named ${server.nameOf(shard)}`),
    );
    assert.ok(await everywhere(server, true));

    // No longer than he looks, and then no shard is woken.
    admin.disconnect();
    await until(() => everywhere(server, false), "nobody looks", BELIEVED - 2_000);
    await server.sleep();
    const before = await server.book();
    await delay(5_000);
    assert.deepEqual(await server.book(), before);
  });

  test("after more changes on another shard than are told, the page gets all sockets anew", async () => {
    const server = new Spread("changing");
    const client = await server.join(1);
    const [admin, told] = server.look(0);
    await next(admin, "all_sockets");
    const rooms = Array.from({ length: 150 }, (_, n) => `room ${n}`);
    await Promise.all(rooms.map((room) => ask(client, "join", room)));
    const lists = () => about(told, "all_sockets", client.id);
    await until(() => about(lists(), "all_sockets", "room 149").length > 0, "all its rooms");
    const [, sockets] = about(lists(), "all_sockets", "room 149")[0] as [string, Shown[]];
    const { rooms: shown } = sockets.find(({ id }) => id === client.id) as Shown;
    assert.deepEqual(shown.toSorted(), [client.id, ...rooms].toSorted());
    assert.equal(new Set(sockets.map(({ id }) => id)).size, 2);
    admin.disconnect();
    await until(() => everywhere(server, false), "nobody looks");
  });

  test("an admin's commands reach sockets, and namespaces, on other shards", async () => {
    const server = new Spread("acted on");
    const [a, b, c] = [await server.join(0), await server.join(1), await server.join(2)];
    const team = await server.join(2, "/team-1");
    const [admin] = server.look(0);
    await next(admin, "all_sockets");
    const rooms = async (client: Socket) => (await ask(client, "rooms"))[0] as string[];
    const news = Promise.all([a, b, c].map((client) => next(client, "news")));
    admin.emit("emit", "/", undefined, "news", 1);
    assert.deepEqual(await news, [[1], [1], [1]]);
    admin.emit("join", "/", "by the admin", b.id);
    await until(async () => (await rooms(b)).includes("by the admin"), "joined");
    const only = next(b, "news");
    for (const client of [a, c]) client.on("news", () => assert.fail("meant for another"));
    admin.emit("emit", "/", "by the admin", "news", 2);
    assert.deepEqual(await only, [2]);
    admin.emit("leave", "/", "by the admin", b.id);
    await until(async () => !(await rooms(b)).includes("by the admin"), "left");
    // The admin's own shard has no such namespace.
    const heard = next(team, "news");
    admin.emit("emit", "/team-1", team.id, "news", 3);
    assert.deepEqual(await heard, [3]);
    admin.emit("_disconnect", "/team-1", false, team.id);
    assert.deepEqual(await next(team, "disconnect"), ["io server disconnect", undefined]);
    admin.emit("_disconnect", "/", true, c.id);
    await next(c, "disconnect");
    admin.emit("_disconnect", "/", true);
    await Promise.all([a, b].map((client) => client.connected && next(client, "disconnect")));
    admin.disconnect();
  });

  test("two admins on two shards: the one who stays goes on looking; a session is good for all", async () => {
    const server = new Spread("shared");
    const client = await server.join(2);
    const [first] = server.look(0);
    const [[session]] = await Promise.all([next(first, "session"), next(first, "all_sockets")]);
    const [second, told] = server.look(1, { sessionId: session });
    await until(() => about(told, "all_sockets", "").length > 0, "let in by the session");
    for (const { id } of [client, first, second])
      assert.equal(about(told, "all_sockets", id).length, 1);
    first.disconnect();
    await until(() => about(told, "socket_disconnected", "/admin").length > 0, "told of the other");
    // Longer than he would be believed who says nothing more.
    await delay(BELIEVED + 2_500);
    assert.ok(await everywhere(server, true));
    await ask(client, "say", "still seen");
    await until(() => about(told, "event_received", "still seen").length === 1, "still seen");
    second.disconnect();
    await until(() => everywhere(server, false), "nobody looks");
  });

  test("the admin's shard dies: the others stop by themselves", async () => {
    const server = new Spread("dying");
    const clients = await Promise.all(SHARDS.map((shard) => server.join(shard)));
    const [admin] = server.look(0);
    await next(admin, "all_sockets");
    assert.ok(await everywhere(server, true));
    clients[0]?.emit("abort");
    await next(admin, "disconnect");
    assert.ok((await server.reasons(1)).includes(LOOKS));
    await until(() => everywhere(server, false), "nobody looks");
    await ask(clients[1] as Socket, "say", "goes on");
  });

  test("another shard dies: it shows itself again", async () => {
    const server = new Spread("coming back");
    const lost = await server.join(1);
    const [admin, told] = server.look(0);
    await next(admin, "all_sockets");
    lost.emit("abort");
    await next(lost, "disconnect");
    const back = await server.join(1);
    await until(async () => (await server.reasons(1)).includes(LOOKS), "looked at again");
    await ask(back, "say", "here again");
    await until(() => about(told, "event_received", back.id).length > 0, "seen again");
    admin.disconnect();
    await until(() => everywhere(server, false), "nobody looks");
  });

  test("a slow shard: an admin sees the others meanwhile, and then it, too", async () => {
    const server = new Spread("slow");
    // What is for the admins goes by way of the home of their namespace.
    const [late, other] = rendezvous(keyOf("/admin", null), 3) === 1 ? [2, 1] : [1, 2];
    const [a, b] = [await server.join(0), await server.join(late)];
    await server.join(other);
    await server.delay(late, 6_000);
    const [admin, told] = server.look(0);
    // What the others have been asked is answered within five seconds, or by nothing.
    const [sockets] = (await next(admin, "all_sockets")) as [{ id: string }[]];
    assert.ok(sockets.some(({ id }) => id === a.id) && !sockets.some(({ id }) => id === b.id));
    const missing = `${server.nameOf(late)}: it did not answer in time`;
    assert.ok(worker.output.includes(missing), worker.output);
    assert.ok(serversOf(told).has(`named ${server.nameOf(other)}`));
    await server.delay(late, 0);
    const name = `named ${server.nameOf(late)}`;
    await until(() => serversOf(told).has(name), "the slow one's numbers");
    await ask(b, "say", "late");
    await until(() => about(told, "event_received", "late").length > 0, "the slow one's events");
    admin.disconnect();
    await until(() => everywhere(server, false), "nobody looks");
  });

  test("production: numbers of all shards, and nothing else, by their own names", async () => {
    const server = new Spread("numbers", "quiet");
    const client = await server.join(1);
    const [admin, told] = server.look(0);
    await until(() => serversOf(told).size === 3, "numbers of all");
    assert.deepEqual(
      [...serversOf(told)].sort(),
      SHARDS.map((shard) => server.nameOf(shard)),
    );
    await ask(client, "say", "hello");
    await until(() => about(told, "server_stats", '"packetsIn"').length > 0, "numbers of packets");
    assert.deepEqual([...new Set(told.map(([event]) => event))].sort(), [
      "config",
      "server_stats",
      "session",
    ]);
    admin.disconnect();
  });
});
