// Sixteen idle shards cost what sixteen idle objects cost: their heartbeats, and no calls.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const COUNT = 16;
/** Of the heartbeat, in milliseconds. */
const INTERVAL = 400;
const INTERVALS = 3;

const source = `
  import { createServer, routeSocketIO } from "dormouse-io";
  import { shards } from "dormouse-io/shards";
  const shardOf = (request) => Number(new URL(request.url).searchParams.get("shard"));
  const spread = shards({ count: ${COUNT}, by: shardOf });
  const options = { pingInterval: ${INTERVAL}, pingTimeout: 10_000 };
  const server = (io) => io.on("connection", (socket) => {
    socket.on("join", async (room, done) => done(await socket.join(room)));
    socket.on("say", (room) => io.to(room).emit("said"));
    socket.on("stats", (done) => done(io.stats()));
  });
  let calls = 0;
  export const Chat = class extends createServer({ ...options, shards: spread }, server) {
    dormousePerform(message) {
      calls += 1;
      return super.dormousePerform(message);
    }
  };
  export const Alone = createServer(options, server);
  export default {
    async fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/calls") return Response.json(calls);
      const isAlone = searchParams.has("alone");
      const routed = isAlone
        ? await routeSocketIO(request, env.ALONE)
        : await routeSocketIO(request, env.CHAT, { shards: spread });
      return routed ?? new Response(null, { status: 404 });
    },
  };
`;

interface Stats {
  alarms: number;
  rowsWritten: number;
  messages: number;
  held: number;
  wakes: Record<string, number>;
}

let worker: RunningWorker;
const clients: ClientSocket[] = [];

before(async () => {
  worker = await startWorker({
    entry: { source },
    classes: { CHAT: "Chat", ALONE: "Alone" },
    compatibilityFlags: ["nodejs_als"],
  });
});

after(async () => {
  for (const client of clients) client.close();
  await worker.stop();
});

test("sixteen idle shards, asleep, with clients in a common room", async () => {
  const open = async (query: object): Promise<ClientSocket> => {
    const client = connect(worker.url, "", { query });
    clients.push(client);
    await next(client, "connect");
    await ask(client, "join", "x");
    return client;
  };
  const alone = await open({ alone: 1 });
  const spread = await Promise.all(Array.from({ length: COUNT }, (_, shard) => open({ shard })));
  const heard = Promise.all(spread.map((client) => next(client, "said")));
  spread[0]?.emit("say", "x");
  await heard;
  const calls = async () => (await fetch(`${worker.url}/calls`)).json();
  let made: unknown;
  do {
    made = await calls();
    await new Promise((resolve) => setTimeout(resolve, INTERVALS * INTERVAL));
    // On a busy machine calls of the beginning are still under way.
  } while ((await calls()) !== made);
  const statsOf = async (client: ClientSocket) => (await ask(client, "stats"))[0] as Stats;
  const all = [alone, ...spread];
  const before = await Promise.all(all.map(statsOf));
  const callsBefore = await calls();
  assert.notEqual(callsBefore, 0);
  // After many turns what is counted is kept once a second only, with a heartbeat for instance.
  await new Promise((resolve) => setTimeout(resolve, 1_000 + 2 * INTERVAL));
  const nameOf = (shard: number) => (shard === 0 ? "default" : `default/shard-${shard}`);
  await Promise.all([
    worker.evict("default", "hibernate", "ALONE"),
    ...spread.map((_, shard) => worker.evict(nameOf(shard), "hibernate", "CHAT")),
  ]);
  await new Promise((resolve) => setTimeout(resolve, INTERVALS * INTERVAL));
  assert.equal(await calls(), callsBefore);
  const after = await Promise.all(all.map(statsOf));
  const [lone, ...shards] = after.map((stats, index) => {
    const { alarms, rowsWritten, messages, held } = before[index] as Stats;
    return {
      alarms: stats.alarms - alarms,
      rows: stats.rowsWritten - rowsWritten,
      messages: stats.messages - messages,
      held: stats.held - held,
    };
  });
  for (const spent of shards) {
    // Of each the heartbeat may have come once more, or less.
    assert.ok(Math.abs(spent.alarms - (lone?.alarms ?? 0)) <= 2, JSON.stringify(after));
    assert.ok(spent.rows <= spent.alarms + 1, JSON.stringify(spent));
    assert.deepEqual([spent.messages, spent.held], [lone?.messages, lone?.held]);
  }
});
