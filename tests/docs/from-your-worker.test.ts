// The Workers of docs/from-your-worker.md, in workerd, with their objects asleep whenever something is asked of them.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SignJWT } from "jose";
import type { Socket as ClientSocket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../support/miniflare.ts";
import { findCode } from "../support/pages.ts";
import { ask, connect, next } from "../support/stock-client.ts";

const PAGE = "docs/from-your-worker.md";
const SECRET = "a secret of this test's";
const ORIGIN = "https://chat.example";

const running: RunningWorker[] = [];
const clients: ClientSocket[] = [];
after(async () => {
  for (const client of clients) client.disconnect();
  await Promise.all(running.map((worker) => worker.stop()));
});

async function start(holds: string, classes: Record<string, string>): Promise<RunningWorker> {
  const worker = await startWorker({
    entry: { source: findCode(PAGE, "ts", holds) },
    classes,
    compatibilityFlags: ["nodejs_als"],
    bindings: { JWT_SECRET: SECRET, ORIGIN },
  });
  running.push(worker);
  return worker;
}

function open(url: string, options: object = {}): ClientSocket {
  const client = connect(url, "", { reconnection: false, ...options });
  clients.push(client);
  return client;
}

function tokenOf(secret: string): Promise<string> {
  const token = new SignJWT({ name: "Ada" }).setProtectedHeader({ alg: "HS256" }).setSubject("1");
  return token.sign(new TextEncoder().encode(secret));
}

test("a method of the class emits while the object sleeps", async () => {
  const { url, evict } = await start("async announce(", { CHAT: "Chat" });
  const [follower, other] = [open(url), open(url)];
  await Promise.all([next(follower, "connect"), next(other, "connect")]);
  follower.emit("follow", "weather");
  await evict("default");
  const heard: unknown[] = [];
  other.on("news", (...news) => heard.push(news));
  const news = next(follower, "news");
  const response = await fetch(`${url}/announce`, { method: "POST", body: "rain" });
  assert.deepEqual(await response.json(), { told: 1 });
  assert.deepEqual(await news, ["weather", "rain"]);
  assert.deepEqual(heard, []);
  assert.equal((await fetch(`${url}/other`)).status, 404);
});

test("Hono, an object per room", async () => {
  const { url, evict } = await start('from "hono"', { ROOM: "Room" });
  const [cats, lobby] = [open(url, { query: { room: "cats" } }), open(url)];
  await Promise.all([next(cats, "connect"), next(lobby, "connect")]);
  await evict("cats");
  const said = next(cats, "message");
  const heard: unknown[] = [];
  lobby.on("message", (...message) => heard.push(message));
  const response = await fetch(`${url}/rooms/cats/messages`, { method: "POST", body: "meow" });
  assert.equal(response.status, 204);
  assert.deepEqual(await said, ["the app", "meow"]);
  const echoed = next(lobby, "message");
  lobby.emit("message", "hello");
  assert.deepEqual(await echoed, [lobby.id, "hello"]);
  assert.deepEqual(heard, [[lobby.id, "hello"]]);
});

test("a token in io.use: the user is there after a sleep", async () => {
  const { url, evict, mf } = await start("io.use(async", { CHAT: "Chat" });
  const refused = open(url, { auth: { token: await tokenOf("another secret") } });
  const [{ message }] = (await next(refused, "connect_error")) as [Error];
  assert.equal(message, "sign in first");
  const ada = open(url, { auth: { token: await tokenOf(SECRET) } });
  await next(ada, "connect");
  await evict("default");
  assert.deepEqual(await ask(ada, "who am I"), [{ id: "1", name: "Ada" }]);
  await evict("default");
  const notice = next(ada, "notice");
  const objects = await mf.getDurableObjectNamespace("CHAT");
  const chat = objects.get(objects.idFromName("default")) as unknown as {
    notify(user: string, text: string): Promise<void>;
  };
  await chat.notify("1", "hello");
  assert.deepEqual(await notice, ["hello"]);
});

test("a cookie in allowRequest: strangers are refused, the user is there after a sleep", async () => {
  const { url, evict } = await start("allowRequest: async", { CHAT: "Chat" });
  const cookie = `a=b; token=${await tokenOf(SECRET)}`;
  for (const extraHeaders of [
    { origin: ORIGIN },
    { origin: "https://other.example", cookie },
    { origin: ORIGIN, cookie: `token=${await tokenOf("another secret")}` },
  ]) {
    const refused = open(url, { extraHeaders });
    const [error] = (await next(refused, "connect_error")) as [Error];
    assert.match(error.message, /websocket error/);
  }
  const ada = open(url, { extraHeaders: { origin: ORIGIN, cookie } });
  await next(ada, "connect");
  await evict("default");
  assert.deepEqual(await ask(ada, "who am I"), ["1"]);
});

test("alarms and timers of setup, set by a method and by a client, wake the object", async () => {
  const { url, evict } = await start("class Auction", { AUCTION: "Auction" });
  const bidder = open(url);
  await next(bidder, "connect");
  const [offered, sold] = [next(bidder, "offered"), next(bidder, "sold")];
  await evict("default");
  assert.equal(await (await fetch(`${url}/offer`)).text(), "offered");
  assert.deepEqual(await offered, ["a vase"]);
  await evict("default");
  assert.deepEqual(await sold, ["a vase"]);
  await evict("default");
  const closed = next(bidder, "closed");
  bidder.emit("close at", Date.now());
  assert.deepEqual(await closed, []);
});
