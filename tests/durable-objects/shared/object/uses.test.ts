// What people do with an object beside `createServer`'s own: base classes in between, objects without a name, streams by
// RPC, own WebSockets, `ctx.abort`, an emptied storage; and a second server in the same object, which is refused.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../../support/miniflare.ts";
import { partyKitSource } from "../../../support/partykit-facade.ts";
import { ask, connect, next } from "../../../support/stock-client.ts";

const CLASSES = `
  const listen = (io, { name }) => {
    io.on("connection", (socket) => {
      socket.on("name", (done) => done(name ?? null));
      socket.on("clients", (done) => done(io.engine.clientsCount));
    });
  };
  const WithAlarm = (Base) => class extends Base {
    alarm() {
      this.io.emit("rang");
    }
    ring() {
      return this.ctx.storage.setAlarm(Date.now());
    }
  };
  export class Mixed extends WithAlarm(createServer(listen)) {
    constructor(ctx, env) {
      super(ctx, env);
      ctx.blockConcurrencyWhile(async () => {
        this.greeting = (await ctx.storage.get("greeting")) ?? "hello";
      });
      this.io.on("connection", (socket) => socket.on("greeting", (done) => done(this.greeting)));
    }
    count() {
      const { io } = this;
      return new ReadableStream({
        async start(controller) {
          for (const digit of "123") {
            await scheduler.wait(10);
            io.emit("digit", digit);
            controller.enqueue(new TextEncoder().encode(digit));
          }
          controller.close();
        },
      });
    }
    fetch(request) {
      if (new URL(request.url).pathname !== "/own") return super.fetch(request);
      const { 0: client, 1: server } = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
    tellAll() {
      const all = this.ctx.getWebSockets();
      for (const webSocket of all) webSocket.send("hear, hear");
      return String(all.length);
    }
    wipe() {
      return this.ctx.storage.deleteAll();
    }
    abort() {
      this.ctx.abort("enough");
    }
  }
  class Second extends createServer({ path: "/second" }, listen) {}
  export class Two extends createServer(listen) {
    second = new Second(this.ctx, this.env);
  }
  class Inner extends createParty(listen) {}
  export class TwoParties extends createParty(listen) {
    second = new Inner(this.ctx, this.env);
  }`;

const SOURCE = `
  import { createServer, routeSocketIO } from "dormouse-io";
  import { createServer as createParty } from "dormouse-io/partyserver";
  ${CLASSES}
  export default {
    async fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/id") return new Response(String(env.MIXED.newUniqueId()));
      const two = { objects: env.TWO, parties: env.PARTIES }[searchParams.get("two")];
      if (two !== undefined) {
        return two.getByName("default").fetch(request).catch((error) => new Response(String(error)));
      }
      const id = searchParams.get("id");
      if (id !== null) return env.MIXED.get(env.MIXED.idFromString(id), { locationHint: "weur" }).fetch(request);
      if (pathname === "/own") return env.MIXED.getByName("default").fetch(request);
      const answer = await routeSocketIO(request, env.MIXED);
      if (answer !== null) return answer;
      const called = await env.MIXED.getByName("default")[pathname.slice(1)]();
      return new Response(called);
    },
  };`;

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: { source: SOURCE },
    classes: { MIXED: "Mixed", TWO: "Two", PARTIES: "TwoParties" },
    compatibilityFlags: ["nodejs_compat"],
  });
});

after(() => worker.stop());

const load = async (path: string): Promise<string> => (await fetch(worker.url + path)).text();

async function client(query: Record<string, string> = {}): Promise<Socket> {
  const socket = connect(worker.url, "", { query });
  await ask(socket, "name");
  return socket;
}

test("an alarm handler of a class in between, and what the constructor waited for, awake and after a sleep", async () => {
  const socket = await client();
  for (const isAsleep of [false, true]) {
    if (isAsleep) await worker.evict("default", "hibernate", "MIXED");
    const rang = next(socket, "rang");
    await load("/ring");
    await rang;
    assert.deepEqual(await ask(socket, "greeting"), ["hello"]);
  }
  socket.close();
});

test("an object that has no name, by a stub with a hint where it is to be", async () => {
  const id = await load("/id");
  const socket = await client({ id });
  assert.deepEqual(await ask(socket, "name"), [null]);
  assert.deepEqual(await ask(socket, "clients"), [1]);
  socket.close();
});

test("a stream that a method returns goes on beside what it emits", async () => {
  const socket = await client();
  const digits: unknown[] = [];
  socket.on("digit", (digit) => digits.push(digit));
  assert.equal(await load("/count"), "123");
  await ask(socket, "name");
  assert.deepEqual(digits, ["1", "2", "3"]);
  socket.close();
});

test("what is sent to all of ctx.getWebSockets() is not for our clients, awake and after a sleep", async () => {
  const socket = await client();
  const left: unknown[] = [];
  socket.on("disconnect", (reason) => left.push(reason));
  const own = new WebSocket(`${worker.url.replace("http", "ws")}/own`);
  await once(own, "open");
  for (const isAsleep of [false, true]) {
    if (isAsleep) await worker.evict("default", "hibernate", "MIXED");
    const heard = once(own, "message");
    assert.equal(await load("/tellAll"), "1");
    await heard;
    assert.deepEqual(await ask(socket, "clients"), [1]);
  }
  assert.deepEqual(left, []);
  own.close();
  socket.close();
});

test("deleteAll() takes no client, awake and after a sleep", async () => {
  const socket = await client();
  await load("/wipe");
  await worker.evict("default", "hibernate", "MIXED");
  assert.deepEqual(await ask(socket, "name"), ["default"]);
  socket.close();
});

test("ctx.abort() ends connections, and clients come back", async () => {
  const socket = await client();
  const reason = next(socket, "disconnect");
  await load("/abort");
  assert.equal((await reason)[0], "transport close");
  assert.deepEqual(await ask(socket, "name"), ["default"]);
  socket.close();
});

const REFUSAL =
  /dormouse: there is a server in this object already\. Make the second one a namespace/;

for (const kind of ["objects", "parties"]) {
  test(`a second server in the object is refused: ${kind}`, async () => {
    assert.match(await load(`/socket.io/?EIO=4&transport=polling&two=${kind}`), REFUSAL);
  });
}

test("PartyKit: a second server in the room is refused", async () => {
  const rooms = await startWorker({
    entry: {
      source: partyKitSource({
        head: `
          import { createServer } from "dormouse-io/partykit";
          class Second extends createServer(() => {}) {}
          class Worker extends createServer(() => {}) {
            second = new Second(this.room);
          }`,
        parties: `export const Two = createDurable(Worker, { name: "TWO" });`,
        foot: `
          export default {
            fetch(request, env, ctx) {
              const all = createMultiParties(env, { host: new URL(request.url).host });
              return Worker.onFetch(request, { parties: { main: all.TWO }, env }, ctx);
            },
          };`,
      }),
    },
    classes: { TWO: "Two" },
    compatibilityFlags: ["nodejs_compat"],
  });
  try {
    const socket = connect(rooms.url, "", { reconnection: false });
    await next(socket, "connect_error");
    await rooms.logged(REFUSAL);
    socket.close();
  } finally {
    await rooms.stop();
  }
});
