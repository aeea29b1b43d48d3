// What an object counts of itself over real sleeps: naps, what woke it, rows. Nothing is written for that.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import type { Socket } from "socket.io-client";
import { WebSocket } from "ws";
import type { ServerStats, WakeEvent } from "../../../glue/socket.io/index.ts";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

let worker: RunningWorker;
const clients: Socket[] = [];

before(async () => {
  worker = await startWorker({
    entry: {
      source: `
        import { createServer, routeSocketIO } from "dormouse-io";
        const wakes = new Map();
        const writes = new Map();
        const options = { pingInterval: 3_600_000, pingTimeout: 3_600_000 };
        const Base = createServer(options, (io, { ctx, name, onAlarm }) => {
          const told = wakes.get(name) ?? [];
          wakes.set(name, told);
          io.engine.on("wake", (wake) => told.push(wake));
          onAlarm(() => io.emit("application's alarm"));
          io.schedule.on("timer", () => io.emit("timer"));
          io.on("connection", (socket) => {
            socket.on("hello", (ack) => ack(socket.restored));
            socket.on("stats", (ack) => ack(io.stats()));
            socket.on("keep", (value, ack) => {
              socket.data.value = value;
              ack();
            });
            socket.on("alarm", async (after, ack) => {
              await ctx.storage.setAlarm(Date.now() + after);
              ack();
            });
            socket.on("schedule", (after, ack) => {
              io.schedule.after(after, "timer");
              setTimeout(ack, 300);
            });
          });
        });
        export class Counted extends Base {
          constructor(ctx, env) {
            const made = writes.get(ctx.id.name) ?? [];
            writes.set(ctx.id.name, made);
            for (const [target, name] of [[ctx.storage, "setAlarm"], [ctx.storage, "put"], [ctx.storage.kv, "put"], [ctx.storage.kv, "delete"]]) {
              const method = target[name].bind(target);
              Object.defineProperty(target, name, { configurable: true, writable: true, value: (...args) => {
                made.push(name);
                return method(...args);
              }});
            }
            super(ctx, env);
          }
          stats() {
            return this.io.stats();
          }
          nothing() {}
        }
        export default {
          async fetch(request, env) {
            const url = new URL(request.url);
            const [, what] = url.pathname.split("/");
            const name = url.searchParams.get("name");
            const object = env.COUNTED.get(env.COUNTED.idFromName(name));
            if (what === "stats") return Response.json(await object.stats());
            if (what === "nothing") return Response.json((await object.nothing()) ?? null);
            if (what === "wakes") return Response.json(wakes.get(name));
            if (what === "writes") return Response.json(writes.get(name));
            return routeSocketIO(request, env.COUNTED, { name });
          },
        };
      `,
    },
    classes: { COUNTED: "Counted" },
  });
});

after(async () => {
  for (const client of clients) client.close();
  await worker.stop();
});

class Counted {
  readonly name = `object-${Math.random().toString(36).slice(2)}`;

  async fetch<T>(what: string): Promise<T> {
    return (await (await fetch(`${worker.url}/${what}?name=${this.name}`)).json()) as T;
  }

  stats = (): Promise<ServerStats> => this.fetch("stats");
  sleep = (): Promise<void> => worker.evict(this.name);

  /** Waits until so many are connected. */
  async connections(count: number): Promise<void> {
    const end = Date.now() + 60_000;
    while ((await this.stats()).connections !== count) {
      assert.ok(Date.now() < end, `not ${count} connections`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  client(): Socket {
    const client = connect(worker.url, "", { query: { name: this.name } });
    clients.push(client);
    return client;
  }
}

describe("what an object counts", { concurrency: true }, () => {
  test("naps and what ended them are counted, told once each, and nothing is written for that", async () => {
    const object = new Counted();
    const client = object.client();
    await ask(client, "hello");
    const first = await object.stats();
    assert.deepEqual(
      [first.naps, first.connections, first.requests, first.lastNap],
      [0, 1, 1, undefined],
    );
    const end: (() => Promise<unknown>)[] = [
      () => ask(client, "hello"),
      () => object.fetch("nothing"),
      () => object.stats(),
      () => next(object.client(), "connect"),
    ];
    for (const wake of end) {
      await object.sleep();
      await wake();
    }
    await object.sleep();
    const [last] = (await ask(client, "stats")) as [ServerStats];
    assert.deepEqual(last.wakes, {
      message: 2,
      close: 0,
      heartbeat: 0,
      alarm: 0,
      request: 1,
      call: 2,
    });
    // It is younger than an hour.
    assert.deepEqual(last.wakesPerHour, last.wakes);
    const { naps, startedAt, connections, requests, lastNap, slept, at, wokeAt } = last;
    assert.deepEqual([naps, startedAt, connections, requests], [5, first.startedAt, 2, 2]);
    assert.ok(lastNap && lastNap.endedAt === wokeAt && wokeAt <= at);
    assert.ok(slept >= lastNap.endedAt - lastNap.startedAt && slept <= at - startedAt);
    const wakes = (await object.fetch("wakes")) as WakeEvent[];
    // A call that does nothing with the server is not noticed before the next event.
    const causes = wakes.map(({ cause }) => cause);
    assert.deepEqual(causes, ["message", "call", "request", "message"]);
    assert.deepEqual(
      wakes.map(({ perHour }) => perHour),
      [1, 2, 1, 2],
    );
    assert.ok(wakes.every(({ slept, awake }) => slept >= 0 && awake >= 0));
    // The heartbeat's: its alarm, and a note that it is not the application's.
    assert.deepEqual(await object.fetch("writes"), ["put", "setAlarm"]);
    assert.equal(last.rowsWritten, 2);
  });

  test("who carries the counts may leave, and may have so much to keep that there is no room", async () => {
    const object = new Counted();
    const [first, second, third] = [object.client(), object.client(), object.client()];
    for (const client of [first, second, third]) await ask(client, "hello");
    const { startedAt } = await object.stats();
    const statsAfterSleep = async (): Promise<ServerStats> => {
      await object.sleep();
      return (await ask(first, "stats"))[0] as ServerStats;
    };
    for (const [at, client] of [third, second].entries()) {
      client.disconnect();
      await object.connections(2 - at);
      const stats = await statsAfterSleep();
      assert.deepEqual([stats.naps, stats.startedAt], [at + 1, startedAt]);
    }
  });

  test("what there is to keep of a client goes before: the counts never cost it a row", async () => {
    const [measured, object] = [new Counted(), new Counted()];
    const full = measured.client();
    let size = 14_000;
    const rowsWith = async (length: number): Promise<number> => {
      await ask(full, "keep", "x".repeat(length));
      return (await measured.stats()).rowsWritten;
    };
    // The alarm of a first client is set a moment after the answer: these rows are none of what is kept.
    await ask(full, "hello");
    while (!(await measured.fetch<string[]>("writes")).includes("setAlarm")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const before = await rowsWith(size);
    while ((await rowsWith(size + 40)) === before) size += 40;
    const client = object.client();
    await ask(client, "keep", "x".repeat(size));
    await object.sleep();
    // Nobody is there who has room for them: counted anew.
    const [stats] = (await ask(client, "stats")) as [ServerStats];
    assert.deepEqual([stats.naps, await object.fetch("writes")], [0, ["put", "setAlarm"]]);
    // No more often than once a second is it tried.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await ask(client, "keep", "x".repeat(size - 400));
    await object.sleep();
    assert.equal(((await ask(client, "stats")) as [ServerStats])[0].naps, 1);
  });

  test("an end that wakes the object is one, and carries the counts on to others", async () => {
    const object = new Counted();
    const stays = object.client();
    await ask(stays, "hello");
    for (let round = 0; round < 2; round += 1) {
      // A stock client says that it leaves before it does.
      const path = `/socket.io/?EIO=4&transport=websocket&name=${object.name}`;
      const client = new WebSocket(worker.url.replace("http", "ws") + path);
      await once(client, "message");
      client.send("40");
      await once(client, "message");
      await object.sleep();
      client.close();
      await object.connections(1);
    }
    await object.sleep();
    const [{ naps, wakes }] = (await ask(stays, "stats")) as [ServerStats];
    // The question how many there are may come first.
    assert.deepEqual([naps, wakes.close + wakes.call, wakes.message], [3, 2, 1]);
  });

  test("alarms: the heartbeat's, the application's, a timer's", async () => {
    const object = new Counted();
    const client = object.client();
    await ask(client, "hello");
    const due = next(client, "application's alarm");
    await ask(client, "alarm", 5_000);
    await object.sleep();
    await due;
    const timer = next(client, "timer");
    await ask(client, "schedule", 5_000);
    await object.sleep();
    await timer;
    const { wakes, alarms, naps } = await object.stats();
    assert.deepEqual([wakes.alarm, wakes.heartbeat, wakes.call, naps, alarms], [2, 0, 0, 2, 2]);
  });
});
