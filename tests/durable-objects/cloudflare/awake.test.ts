// What a sleep would lose keeps a real object awake, unless it was asked to sleep at any price.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Socket } from "socket.io-client";
import { WebSocketServer } from "ws";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: {
      source: `
        import { createServer, routeSocketIO } from "dormouse-io";
        let stop;
        const setup = (io) => {
          io.on("connection", (socket) => {
            socket.on("begin", (ack) => {
              socket.on("late", (answer) => answer("heard"));
              ack(io.awakeReasons.map(({ what, whose }) => [what, whose]));
            });
            socket.on("disconnect", () => setTimeout(() => {
              io.emit("left");
              console.log(socket.id + " left");
            }, 50));
            socket.on("timer", (ack) => {
              const interval = setInterval(function tick() {}, 12345);
              stop = () => clearInterval(interval);
              ack();
            });
            socket.on("stop", (ack) => {
              stop();
              ack();
            });
            socket.on("ask", (url, ack) => {
              fetch(url).then((response) => response.text());
              ack();
            });
            socket.on("dial", (url, ack) => {
              const outgoing = new WebSocket(url);
              outgoing.addEventListener("open", () => ack());
              stop = () => outgoing.close();
            });
            socket.on("hello", (ack) => ack(socket.restored));
            socket.on("hide", () => {
              socket[Symbol("user")] = "Ada";
            });
            socket.on("mark", (name) => console.log(name));
            socket.on("begin anew", (ack) => {
              io.of("/chat").on("connection", function later() {});
              io.engine.on("connection_error", () => {});
              socket.conn.on("packet", () => {});
              ack(io.awakeReasons.map(({ what, whose }) => [what, whose]));
            });
          });
          io.of("/chat");
        };
        export const Careful = createServer(setup);
        export const Always = createServer({ hibernate: "always" }, setup);
        export const Eager = createServer({ replay: "eager" }, (io) => {
          const players = new Map();
          io.on("connection", async (socket) => {
            socket.on("players", (ack) => ack([...players.keys()].sort()));
            await new Promise((resolve) => setTimeout(resolve, 20));
            players.set(socket.id, {});
          });
        });
        export const Ringing = createServer((io, { ctx, onAlarm }) => {
          const { kv } = ctx.storage;
          onAlarm(() => {
            io.emit("rang");
            const fails = kv.get("fails");
            kv.put("fails", false);
            if (fails) throw new Error("once");
          });
          io.on("connection", (socket) => {
            socket.on("hello", (ack) => ack(socket.restored));
            socket.on("alarm", async (fails, ack) => {
              kv.put("fails", fails);
              await ctx.storage.setAlarm(Date.now() + 200);
              ack();
            });
          });
        });
        let held;
        export const Stale = createServer((io) => {
          held ??= { io };
          io.on("connection", (socket) => {
            held.socket ??= socket;
            socket.on("use", (ack) => {
              held.socket.emit("from a stale object");
              held.socket.join("room");
              held.io.emit("from a stale object");
              ack([held.socket.connected, held.socket === socket, held.io === io]);
            });
          });
        });
        export default {
          fetch: async (request, env) => {
            if (request.url.includes("eager")) return routeSocketIO(request, env.EAGER, { name: "one" });
            if (request.url.includes("stale")) return routeSocketIO(request, env.STALE, { name: "one" });
            if (request.url.includes("ringing")) return routeSocketIO(request, env.RINGING, { name: "one" });
            const binding = request.url.includes("always") ? env.ALWAYS : env.CAREFUL;
            return (await routeSocketIO(request, binding, { name: "one" })) ?? new Response("", { status: 404 });
          },
        };
      `,
    },
    classes: {
      CAREFUL: "Careful",
      ALWAYS: "Always",
      EAGER: "Eager",
      STALE: "Stale",
      RINGING: "Ringing",
    },
    bindings: { DEBUG: "dormouse:host" },
  });
});

after(() => worker.stop());

/** What is said when nothing holds the object awake. */
const MAY_SLEEP = /may sleep/;

/** Resolves when this is in the output, which may come behind an answer: to where it begins. The test's time is its patience. */
async function says(what: RegExp, from = 0): Promise<number> {
  for (;;) {
    const place = worker.output.slice(from).search(what);
    if (place >= 0) return from + place;
    await pause(20);
  }
}

/** Ends a client, and waits until its object knows. */
async function leave(client: Socket): Promise<void> {
  const { id } = client;
  client.close();
  await says(new RegExp(`${id} left`));
}

let marks = 0;

/** What an object has written since then, up to now. */
async function writtenSince(from: number, client: Socket): Promise<string> {
  marks += 1;
  const mark = `mark ${marks}.`;
  client.emit("mark", mark);
  return worker.output.slice(from, await says(new RegExp(mark), from));
}

test("a late listener: awake while that client is connected, with one warning; then it sleeps", async () => {
  const [client, other] = [connect(worker.url), connect(worker.url)];
  await ask(client, "hello");
  await ask(other, "hello");
  const [reasons] = await ask(client, "begin");
  assert.deepEqual(reasons, [['socket.on("late")', `socket ${client.id} in /`]]);
  await ask(other, "hello");
  const from = await says(/socket\.on\("late"\) of .* the object stays awake meanwhile/);
  assert.doesNotMatch(await writtenSince(from, other), MAY_SLEEP);
  if (process.env.DORMOUSE_LONG === "1") {
    await assert.rejects(worker.evict("one", "hibernate", "CAREFUL"), /active references/);
  }
  client.close();
  await next(other, "left");
  // The timer that told has gone off: nothing is left.
  await ask(other, "hello");
  await says(MAY_SLEEP, from);
  await worker.evict("one", "hibernate", "CAREFUL");
  assert.deepEqual(await ask(other, "hello"), [true]);
  assert.equal(worker.output.match(/dormouse: socket\.on\("late"\) of/g)?.length, 1);
  other.close();
});

test("what an event of many leaves under a symbol is found once there is time", async () => {
  const client = connect(worker.url);
  await ask(client, "hello");
  for (let i = 0; i < 300; i++) client.emit("nothing");
  client.emit("hide");
  await ask(client, "hello");
  await says(/socket\[Symbol\(user\)\] of .* the object stays awake meanwhile/);
  await leave(client);
});

test("late listeners of a namespace and the engine: awake while anybody is connected; then it sleeps", async () => {
  const client = connect(worker.url);
  const [reasons] = await ask(client, "begin anew");
  assert.deepEqual((reasons as string[][]).map(([what]) => what).sort(), [
    'io.engine.on("connection_error")',
    'io.of("/chat").on("connection")',
    'socket.conn.on("packet")',
  ]);
  await ask(client, "hello");
  const from = await says(
    /io\.engine\.on\("connection_error"\) of .* the object stays awake meanwhile/,
  );
  assert.doesNotMatch(await writtenSince(from, client), MAY_SLEEP);
  if (process.env.DORMOUSE_LONG === "1") {
    await assert.rejects(worker.evict("one", "hibernate", "CAREFUL"), /active references/);
  }
  await leave(client);
  await worker.evict("one", "hibernate", "CAREFUL");
  const other = connect(worker.url);
  await ask(other, "hello");
  await worker.evict("one", "hibernate", "CAREFUL");
  assert.deepEqual(await ask(other, "hello"), [true]);
  other.close();
});

test("the application's alarm leaves no timer behind, be it tried again or not", async () => {
  const client = connect(worker.url, "", { query: { mode: "ringing" } });
  await ask(client, "hello");
  for (const fails of [false, true]) {
    await ask(client, "alarm", fails);
    for (let rings = 0; rings < (fails ? 2 : 1); rings += 1) await next(client, "rang");
    await ask(client, "hello");
    const from = worker.output.length;
    await ask(client, "hello");
    await says(MAY_SLEEP, from);
    await worker.evict("one", "hibernate", "RINGING");
    assert.deepEqual(await ask(client, "hello"), [true]);
  }
  client.close();
});

test('"always": it sleeps all the same, and what was late is gone', async () => {
  const client = connect(worker.url, "", { query: { mode: "always" } });
  await ask(client, "begin");
  await worker.evict("one", "hibernate", "ALWAYS");
  assert.deepEqual(await ask(client, "hello"), [true]);
  client.emit("late", () => assert.fail("nobody listens"));
  assert.deepEqual(await ask(client, "hello"), [true]);
  assert.equal(worker.output.match(/dormouse: socket\.on\("late"\) of/g)?.length, 1);
  client.close();
});

test('replay: "eager": all asynchronous listeners have run again before the event that woke the object', async () => {
  const clients = [1, 2, 3].map(() => connect(worker.url, "", { query: { mode: "eager" } }));
  for (const client of clients) await ask(client, "players");
  const ids = clients.map(({ id }) => id).sort();
  for (let round = 0; round < 2; round++) {
    await worker.evict("one", "hibernate", "EAGER");
    assert.deepEqual(await ask(clients[round] as (typeof clients)[0], "players"), [ids]);
  }
  for (const client of clients) client.close();
});

test("a socket and a server that variables of the module hold since before a sleep are dead, and say so once", async () => {
  const client = connect(worker.url, "", { query: { mode: "stale" } });
  const seen: string[] = [];
  client.on("from a stale object", () => seen.push("awake"));
  assert.deepEqual(await ask(client, "use"), [[true, true, true]]);
  assert.deepEqual(seen, ["awake", "awake"]);
  await worker.evict("one", "hibernate", "STALE");
  for (let i = 0; i < 2; i++) assert.deepEqual(await ask(client, "use"), [[false, false, false]]);
  assert.equal(seen.length, 2);
  await says(/io\.emit of a server was used/);
  assert.equal(worker.output.match(/socket\.emit of socket .* was used/g)?.length, 1);
  assert.equal(worker.output.match(/io\.emit of a server was used/g)?.length, 1);
  client.close();
});

test("timers of the application are named under DEBUG, and the object is not said to sleep meanwhile", async () => {
  const client = connect(worker.url);
  await ask(client, "timer");
  await ask(client, "hello");
  const from = await says(/stays awake .*setInterval of 12345 ms, set at .*worker\.js/);
  assert.doesNotMatch(await writtenSince(from, client), MAY_SLEEP);
  await ask(client, "stop");
  await ask(client, "hello");
  await says(MAY_SLEEP, from);
  await worker.evict("one", "hibernate", "CAREFUL");
  client.close();
});

test("so are requests that are not answered, and WebSockets to other servers", async () => {
  const asked = Promise.withResolvers<ServerResponse>();
  const elsewhere = createServer((_request, response) => asked.resolve(response)).listen(0);
  const dialled = new WebSocketServer({ server: elsewhere });
  await once(elsewhere, "listening");
  const address = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const client = connect(worker.url);
  try {
    const from = await begun(client);
    await ask(client, "ask", `http://${address}`);
    const answer = await asked.promise;
    await ask(client, "hello");
    const named = await says(/stays awake .*fetch, begun at .*worker\.js/, from);
    assert.doesNotMatch(await writtenSince(named, client), MAY_SLEEP);
    answer.end("answered");
    await sleepsAgain(client, named);
    await ask(client, "dial", `ws://${address}`);
    await ask(client, "hello");
    const open = await says(/stays awake .*a WebSocket, opened at .*worker\.js/, named);
    assert.doesNotMatch(await writtenSince(open, client), MAY_SLEEP);
    await ask(client, "stop");
    await sleepsAgain(client, open);
  } finally {
    client.close();
    dialled.close();
    elsewhere.close();
  }
});

/** Resolves to where the output is, with all that was written before. */
async function begun(client: Socket): Promise<number> {
  await ask(client, "hello");
  return (await writtenSince(0, client)).length;
}

/** Asks until nothing goes on. The test's time is its patience. */
async function sleepsAgain(client: Socket, from: number): Promise<void> {
  while (!MAY_SLEEP.test(await writtenSince(from, client))) await pause(20);
}
