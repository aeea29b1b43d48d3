// Shards on PartyServer, by long-polling, and without anything that says which shard a client wants.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";
import { until } from "./support.ts";

const COUNT = 3;
const CLASSES = {
  CHAT: "Chat",
  NAMED: "Named",
  ASSIGNED: "Assigned",
  PLACED: "Placed",
  ALONE: "Alone",
  ADAPTED: "Adapted",
  ELSEWHERE: "Elsewhere",
};

/** Any shard will do, and whoever polls stays where it is. */
const source = (entry: string) => `
  import { Adapter, createServer, routeSocketIO, SessionAwareAdapter } from "${entry}";
  import { polling } from "dormouse-io/polling";
  import { shards } from "dormouse-io/shards";
  const spread = shards({ count: ${COUNT} });
  const options = { shards: spread, transports: [polling, "websocket"] };
  export const Chat = createServer(options, (io, { name }) => {
    const own = [];
    io.on("connection", (socket) => {
      socket.data.bytes = Buffer.from([1]);
      socket.on("bytes from others", async (done) => {
        const acks = await io.timeout(20000).emitWithAck("bytes?");
        const servers = await io.serverSideEmitWithAck("bytes?", Buffer.from([3]));
        const sockets = await io.fetchSockets();
        const kept = (await io.serverSideEmitWithAck("kept?", new Set([Buffer.from([5])]))).flat();
        io.emit("watched", Buffer.from([6]));
        const sent = [];
        while (sent.length < sockets.length) {
          const others = await io.serverSideEmitWithAck("sent?");
          sent.splice(0, sent.length, ...own, ...others.flat());
        }
        const data = sockets.map(({ data }) => data.bytes);
        const all = [...acks, ...servers.flat(), ...data, ...kept, ...sent];
        done(all.length, all.filter((bytes) => !Buffer.isBuffer(bytes)).length);
      });
      socket.on("where", (done) => done(name));
      socket.on("say", (text) => io.emit("said", text));
      socket.on("tell", (id, text) => io.to(id).emit("told", text));
    });
    io.on("connection", (socket) => {
      socket.onAnyOutgoing((name, bytes) => name === "watched" && own.push(bytes));
    });
    io.on("bytes?", (bytes, done) => done([bytes, Buffer.from([2])]));
    io.on("kept?", (set, done) => done([...set]));
    io.on("sent?", (done) => done(own.map((bytes) => Buffer.isBuffer(bytes) && bytes)));
  });
  // Ids of their own, by the option and by a property; where \`by\` tells the shard, and where nothing does.
  const generateId = () => crypto.randomUUID();
  const plain = (io) => io.on("connection", (socket) => socket.on("where", (done) => done(socket.conn.id)));
  export const Named = createServer({ ...options, generateId }, plain);
  export const Assigned = createServer(options, (io) => {
    io.engine.generateId = generateId;
    plain(io);
  });
  const placed = shards({ count: ${COUNT}, by: ({ url }) => new URL(url).searchParams.get("visit") });
  export const Placed = createServer({ ...options, shards: placed, generateId }, plain);
  const one = shards({ count: 1 });
  export const Alone = createServer({ ...options, shards: one }, (io, { ctx, name }) => {
    io.on("connection", (socket) => {
      socket.on("where", async (done) => {
        await socket.join("room");
        const stored = await ctx.storage.list();
        done(name, [...stored.keys()], io.of("/").adapter.constructor.name);
      });
    });
  });
  // An adapter that knows nothing of shards is refused; one that extends theirs is told of what this shard emits.
  const adapted = shards({ count: 2, by: ({ url }) => Number(new URL(url).searchParams.get("visit")) });
  export const Adapted = createServer({ shards: adapted }, (io) => {
    const refused = [];
    for (const other of [Adapter, class extends SessionAwareAdapter {}, (nsp) => new Adapter(nsp)]) {
      try {
        io.adapter(other);
      } catch (error) {
        refused.push(error.message);
      }
    }
    const broadcasts = [];
    io.adapter(class extends io.adapter() {
      broadcast(packet, options) {
        broadcasts.push(packet.data[0]);
        super.broadcast(packet, options);
      }
    });
    io.on("connection", (socket) => {
      socket.on("refused", (done) => done(refused));
      socket.on("say", (text, done) => {
        io.emit("said", text);
        done(broadcasts);
      });
    });
  });
  // Mistakes, each found by the object's first request.
  export const Elsewhere = createServer({ shards: shards({ count: 2, binding: "CHAT" }) }, () => {});
  const hinted = [];
  const noting = (binding) => ({
    idFromName: (name) => binding.idFromName(name),
    get(id, options) {
      hinted.push([id.name, options?.locationHint ?? null]);
      return binding.get(id, options);
    },
  });
  export default {
    async fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      const options = { shards: spread, name: "a/shard-1" };
      const own = searchParams.get("own");
      if (own !== null) {
        const by = { PLACED: placed, ALONE: one, ADAPTED: adapted }[own] ?? spread;
        return routeSocketIO(request, env[own], { shards: by });
      }
      const hint = searchParams.get("hint");
      if (hint !== null) {
        const locationHint = hint === "function" ? ({ cf }) => (cf ? undefined : "apac") : hint;
        const placed = shards({ count: 2, by: () => Number(searchParams.get("shard")), locationHint });
        await routeSocketIO(new Request(request), noting(env.CHAT), { ...options, shards: placed });
        return Response.json(hinted);
      }
      try {
        if (pathname === "/unnamed") return await env.CHAT.get(env.CHAT.newUniqueId()).fetch(request);
        if (pathname === "/elsewhere") return await env.ELSEWHERE.getByName("x").fetch(request);
      } catch (error) {
        return new Response(error.message);
      }
      return (await routeSocketIO(request, env.CHAT, options)) ?? new Response(null, { status: 404 });
    },
  };
`;

/** Of a server that is named like a shard. */
const NAMES = [0, 1, 2].map((shard) => `a/shard-1/shard-${shard}`);

for (const entry of ["dormouse-io", "dormouse-io/partyserver"]) {
  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    test(`${entry} by ${transports.join(", then ")}`, async () => {
      const worker = workers[entry] as RunningWorker;
      const clients = Array.from({ length: 8 }, () => connect(worker.url, "", { transports }));
      try {
        await Promise.all(clients.map((client) => next(client, "connect")));
        const where = await Promise.all(clients.map((client) => ask(client, "where")));
        const names = new Set(where.flat());
        assert.ok(names.size > 1 && [...names].every((name) => NAMES.includes(name as string)));
        if (transports[0] === "websocket")
          await Promise.all(NAMES.map((name) => sleep(worker, name)));
        const got = new Map<ClientSocket, unknown[]>(clients.map((client) => [client, []]));
        for (const [client, list] of got) client.onAny((...event) => list.push(event));
        const [first, ...others] = clients as [ClientSocket, ...ClientSocket[]];
        first.emit("say", "hello");
        for (const { id } of others) first.emit("tell", id, id);
        await until(() => others.every((client) => got.get(client)?.length === 2));
        for (const [client, list] of got) {
          const told = client === first ? [] : [["told", client.id]];
          const sorted = list.map((event) => JSON.stringify(event)).sort();
          const expected = [["said", "hello"], ...told]
            .map((event) => JSON.stringify(event))
            .sort();
          assert.deepEqual(sorted, expected);
        }
      } finally {
        for (const client of clients) client.close();
      }
    });
  }
}

test("bytes that come from another shard are Buffers: of clients, of servers, and in data", async () => {
  const { url } = workers["dormouse-io"] as RunningWorker;
  const clients = Array.from({ length: 8 }, () => connect(url));
  try {
    for (const client of clients) client.on("bytes?", (done) => done(Buffer.from([4])));
    await Promise.all(clients.map((client) => next(client, "connect")));
    const [count, others] = await ask(clients[0] as ClientSocket, "bytes from others");
    assert.deepEqual([count, others], [8 + 2 * (COUNT - 1) + 8 + (COUNT - 1) + 8, 0]);
  } finally {
    for (const client of clients) client.close();
  }
});

test("ids of one's own tell no shard: clients that poll need the option by, others do not", async (t) => {
  const worker = workers["dormouse-io"] as RunningWorker;
  const visit = (own: string, transports: string[], number = 0) => {
    const query = { own, visit: `${number}` };
    const client = connect(worker.url, "", { query, transports, reconnection: false });
    t.after(() => client.close());
    return client;
  };
  const told = () =>
    worker.output.split('shards need the option "by" for clients that poll').length;
  for (const own of ["NAMED", "ASSIGNED"]) {
    const before = told();
    const refused = visit(own, ["polling"]);
    const [error] = await next(refused, "connect_error");
    assert.equal((error as Error).message, "xhr poll error");
    await until(() => told() > before);
    const [id] = await ask(visit(own, ["websocket"]), "where");
    assert.match(`${id}`, /^[\da-f-]{36}$/);
  }
  const placed = Array.from({ length: 6 }, (_, number) => visit("PLACED", ["polling"], number));
  const ids = await Promise.all(placed.map((client) => ask(client, "where")));
  assert.equal(new Set(ids.flat()).size, placed.length);
});

test("one shard is a server of one object: its name, nothing in its storage, an adapter like any", async (t) => {
  const { url } = workers["dormouse-io"] as RunningWorker;
  for (const transports of [["websocket"], ["polling"]]) {
    const client = connect(url, "", { query: { own: "ALONE" }, transports });
    t.after(() => client.close());
    const [name, stored, adapter] = await ask(client, "where");
    assert.equal(name, "default");
    assert.deepEqual(
      (stored as string[]).filter((key) => key.includes("cluster")),
      [],
    );
    assert.doesNotMatch(`${adapter}`, /Shard/);
  }
});

test("an adapter that would reach this shard's clients alone is refused; one that extends the shards' own reaches all", async (t) => {
  const { url } = workers["dormouse-io"] as RunningWorker;
  const clients = [0, 1].map((visit) => connect(url, "", { query: { own: "ADAPTED", visit } }));
  t.after(() => clients.map((client) => client.close()));
  const [ada, ben] = clients as [ClientSocket, ClientSocket];
  await next(ben, "connect");
  const [refused] = await ask(ada, "refused");
  assert.equal((refused as string[]).length, 3);
  for (const message of refused as string[])
    assert.match(message, /must extend the class that io.adapter\(\) gives/);
  const said = next(ben, "said");
  assert.deepEqual(await ask(ada, "say", "hello"), [["said"]]);
  assert.deepEqual(await said, ["hello"]);
});

test("a shard is created where its first client wants it", async () => {
  const { url } = workers["dormouse-io"] as RunningWorker;
  const hint = async (text: string, shard: number) => {
    const query = `hint=${text}&shard=${shard}&EIO=4&transport=polling`;
    return (await fetch(`${url}/socket.io/?${query}`)).json() as Promise<string[][]>;
  };
  await hint("weur", 0);
  assert.deepEqual(await hint("function", 1), [
    [NAMES[0], "weur"],
    [NAMES[1], "apac"],
  ]);
});

test("an object that cannot find the others says so", async () => {
  const { url } = workers["dormouse-io"] as RunningWorker;
  const answer = async (path: string) => (await fetch(url + path)).text();
  assert.match(await answer("/unnamed"), /shards need objects that are made from a name/);
  assert.match(await answer("/elsewhere"), /CHAT is no binding of the class whose option "shards"/);
});

const workers: Record<string, RunningWorker> = {};

before(async () => {
  for (const entry of ["dormouse-io", "dormouse-io/partyserver"]) {
    workers[entry] = await startWorker({
      entry: { source: source(entry) },
      classes: CLASSES,
      compatibilityFlags: ["nodejs_compat"],
    });
  }
});

after(() => Promise.all(Object.values(workers).map((worker) => worker.stop())));

/** A shard that got no client does not exist. */
function sleep(worker: RunningWorker, name: string): Promise<void> {
  return worker.evict(name).catch((error: Error) => {
    if (!error.message.includes("not currently running")) throw error;
  });
}
