// The Workers of docs/auth.md and docs/router.md in workerd, asleep whenever something is asked of them.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { findCode } from "../support/pages.ts";
import { ask, connect, next } from "../support/stock-client.ts";

const running: RunningWorker[] = [];
const clients: ClientSocket[] = [];
after(async () => {
  for (const client of clients) client.disconnect();
  await Promise.all(running.map((worker) => worker.stop()));
});

/** `own`: what the page says is the reader's. */
async function start(page: string, holds: string, own: string): Promise<RunningWorker> {
  const worker = await startWorker({
    entry: { source: `${findCode(page, "ts", holds)}\n${own}` },
    classes: { CHAT: "Chat" },
    compatibilityFlags: ["nodejs_als"],
    bindings: { SESSION_PASSWORD: "thirty-two characters, and more of them" },
  });
  running.push(worker);
  return worker;
}

async function open(url: string, options: object = {}): Promise<ClientSocket> {
  const client = connect(url, "", { reconnection: false, ...options });
  clients.push(client);
  await next(client, "connect");
  return client;
}

test("auth.md: who has authenticated hears what is said in the rooms that it may read", async () => {
  const own = `
    const verify = async (token) => (token === "Ada's" ? { name: "Ada" } : undefined);
    const mayRead = (user, room) => user.name === "Ada" && room === "music";`;
  const { url, evict } = await start("docs/auth.md", "new SocketIOServerHelper({", own);
  const client = await open(url, { auth: { token: "Ada's" } });
  const letIn = next(client, "authenticated");
  client.emit("authenticate");
  await letIn;
  client.emit("join", { rooms: ["music", "secrets"] });
  await evict("default");
  const said = next(client, "said");
  client.emit("say", { room: "secrets", text: "psst" });
  client.emit("say", { room: "music", text: "hello" });
  assert.deepEqual(await said, [{ room: "music", text: "hello" }]);
});

test("router.md: an event leads to its handler, by middlewares", async () => {
  const own = "const auth = (ctx, next) => next(); const filter = auth;";
  const { url, evict } = await start("docs/router.md", '"chat", async', own);
  const client = await open(url);
  await evict("default");
  const answer = next(client, "res");
  client.emit("chat", "hello");
  assert.deepEqual(await answer, ["Hi! I've got your message: hello"]);
});

test("router.md: who signs in by HTTP is known to the socket", async () => {
  const own = 'const authenticate = async () => "Ada";';
  const { url, evict } = await start("docs/router.md", "createSessions({", own);
  const login = await fetch(`${url}/login`, { method: "POST" });
  assert.equal(await login.text(), "welcome");
  const [cookie = ""] = (login.headers.get("set-cookie") ?? "").split(";");
  const client = await open(url, { extraHeaders: { cookie } });
  await evict("default");
  assert.deepEqual(await ask(client, "whoami"), ["Ada"]);
  assert.equal((await fetch(`${url}/other`)).status, 404);
});
