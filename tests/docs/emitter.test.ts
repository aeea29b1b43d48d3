// The Workers of docs/emitter.md in workerd, asleep whenever something is asked of them, and what it shows for a shell.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, test } from "node:test";
import { promisify } from "node:util";
import type { Socket as ClientSocket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { findCode } from "../support/pages.ts";
import { connect, next } from "../support/stock-client.ts";

const PAGE = "docs/emitter.md";
const EMIT_SECRET = "the secret of this page, for tests";
const run = promisify(execFile);

const running: RunningWorker[] = [];
const clients: ClientSocket[] = [];
after(async () => {
  for (const client of clients) client.disconnect();
  await Promise.all(running.map((worker) => worker.stop()));
});

async function start(holds: string): Promise<RunningWorker> {
  const worker = await startWorker({
    entry: { source: findCode(PAGE, "ts", holds) },
    classes: { CHAT: "Chat" },
    bindings: { EMIT_SECRET },
    queues: { NEWS: "news" },
    compatibilityFlags: ["nodejs_als"],
  });
  running.push(worker);
  return worker;
}

/** A client that follows a topic, of an object that sleeps. */
async function follow(worker: RunningWorker): Promise<ClientSocket> {
  const client = connect(worker.url, "", { reconnection: false });
  clients.push(client);
  await next(client, "connect");
  client.emit("follow", "weather");
  // What the server answers behind it comes behind the join.
  await next(client.io.socket("/nowhere"), "connect_error");
  await worker.evict("default");
  return client;
}

test("from a request, a cron trigger and a queue", async () => {
  const worker = await start("async scheduled(");
  const client = await follow(worker);
  let news = next(client, "news");
  const response = await fetch(`${worker.url}/announce`, { method: "POST", body: "rain" });
  assert.equal(await response.text(), "announced");
  assert.deepEqual(await news, ["weather", "rain"]);
  await worker.evict("default");
  news = next(client, "news");
  const instance = await worker.mf.getWorker();
  await instance.scheduled({});
  assert.deepEqual(await news, ["weather", "Good morning."]);
  await worker.evict("default");
  news = next(client, "news");
  const queue = await worker.mf.getQueueProducer("NEWS");
  await queue.send({ topic: "weather", text: "wind" });
  assert.deepEqual(await news, ["weather", "wind"]);
});

test("from a shell, with openssl and curl", async () => {
  const worker = await start("routeEmitter(");
  const client = await follow(worker);
  const news = next(client, "news");
  const shown = findCode(PAGE, "sh", "openssl dgst");
  const script = shown.replace("https://chat.example", worker.url);
  assert.notEqual(script, shown);
  const { stdout } = await run("sh", ["-euc", script], { env: { ...process.env, EMIT_SECRET } });
  assert.deepEqual(JSON.parse(stdout), { version: 1, answers: [{}] });
  assert.deepEqual(await news, ["weather", "rain"]);
  const wrong = run("sh", ["-euc", script], { env: { ...process.env, EMIT_SECRET: "another" } });
  await assert.rejects(wrong, (error: { stdout: string }) => /is not that of/.test(error.stdout));
});
