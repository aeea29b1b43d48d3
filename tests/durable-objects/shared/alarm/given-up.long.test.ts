// An application's alarm that fails until the platform gives it up, after two minutes: heartbeats go on meanwhile and
// afterwards, the object may sleep again, and the next alarm goes off.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startWorker } from "../../../support/miniflare.ts";
import { ask, connect } from "../../../support/stock-client.ts";

/** The platform tries again so often. */
const RETRIES = 6;
/** Their pauses are 2, 4, … 64 seconds, and a quarter more. */
const PATIENCE = 240_000;

const SOURCE = `
  import { createServer, routeSocketIO } from "dormouse-io";
  const rings = [];
  const OPTIONS = { pingInterval: 1_000, pingTimeout: 20_000 };
  export class Chat extends createServer(OPTIONS, (io) => {
    io.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value)));
  }) {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/set") await this.ctx.storage.setAlarm(Date.now() + 10);
      else if (pathname !== "/look") return super.fetch(request);
      return Response.json({ rings, alarm: await this.ctx.storage.getAlarm() });
    }
    async alarm({ retryCount }) {
      rings.push(retryCount);
      throw new Error("the alarm's fault");
    }
  }
  export default {
    fetch: async (request, env) =>
      (await routeSocketIO(request, env.CHAT, { name: "a" })) ?? env.CHAT.getByName("a").fetch(request),
  };`;

test("an alarm that fails until it is given up", async (t) => {
  const worker = await startWorker({ entry: { source: SOURCE }, classes: { CHAT: "Chat" } });
  t.after(() => worker.stop());
  const look = async (path: string) => (await fetch(`${worker.url}/${path}`)).json();
  const client = connect(worker.url);
  t.after(() => client.close());
  const left: string[] = [];
  client.on("disconnect", (reason) => left.push(reason));
  await ask(client, "echo", 1);
  await look("set");
  for (const end = Date.now() + PATIENCE; ; await delay(500)) {
    const { rings, alarm } = await look("look");
    if (rings.length === RETRIES + 1 && alarm === null) break;
    assert.ok(Date.now() < end, `${rings} and ${alarm}`);
  }
  for (let pings = 0; pings < 3; pings++) {
    await once(client.io as never, "ping", { signal: AbortSignal.timeout(60_000) });
  }
  await worker.evict("a");
  assert.deepEqual(await ask(client, "echo", 1), [1]);
  await look("set");
  for (const end = Date.now() + PATIENCE; ; await delay(50)) {
    const { rings } = await look("look");
    if (rings.at(-1) !== RETRIES) {
      assert.equal(rings[RETRIES + 1], 0);
      break;
    }
    assert.ok(Date.now() < end, `${rings}`);
  }
  assert.deepEqual(left, []);
});
