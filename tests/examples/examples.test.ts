// The examples as their READMEs start them, on the built package.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { type Socket as ClientSocket, io } from "socket.io-client";
import { openPage, startChromium } from "../support/chromium.ts";
import { type DevServer, startPartyKit, startWrangler } from "../support/dev-server.ts";
import { startWorker } from "../support/miniflare.ts";
import { ask, next } from "../support/stock-client.ts";

const DIST = fileURLToPath(
  new URL("../../dist/durable-objects/partykit/index.js", import.meta.url),
);
if (!existsSync(DIST)) throw new Error("The package is not built: run `npm run build`.");

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

const running: DevServer[] = [];
/** A client that a failed test left connected would keep this process alive. */
const clients: ClientSocket[] = [];
after(async () => {
  for (const client of clients) client.disconnect();
  await Promise.all(running.map((server) => server.stop()));
});

async function start(
  name: string,
  run: (folder: string, isOurs: boolean) => Promise<DevServer>,
): Promise<string> {
  const server = await run(`${EXAMPLES}${name}`, false);
  running.push(server);
  return server.url;
}

function connect(url: string, options: object = {}): ClientSocket {
  const client = io(url, { transports: ["websocket"], forceNew: true, ...options });
  clients.push(client);
  return client;
}

/** Two people talk, a third is in another room. */
async function testChat(ada: ClientSocket, bob: ClientSocket, eve: ClientSocket): Promise<void> {
  const heard: unknown[] = [];
  eve.on("message", (...args: unknown[]) => heard.push(args));
  assert.deepEqual(await ask(ada, "name", "Ada"), ["Welcome to music, Ada."]);
  assert.deepEqual(await ask(bob, "name", "Bob"), ["Welcome to music, Bob."]);
  assert.deepEqual(await ask(eve, "name", "Eve"), ["Welcome to general, Eve."]);
  const message = next(bob, "message");
  ada.emit("message", "hello");
  assert.deepEqual(await message, ["Ada", "hello"]);
  const left = next(ada, "left");
  bob.close();
  assert.deepEqual(await left, ["Bob"]);
  await ask(eve, "name", "Eve");
  assert.deepEqual(heard, []);
  ada.close();
  eve.close();
}

async function fetchPage(url: string, script: string, holds = /guest/): Promise<void> {
  const page = await (await fetch(url)).text();
  assert.match(page, new RegExp(`src="${script}"`));
  const code = await fetch(url + script);
  assert.equal(code.status, 200);
  assert.match(await code.text(), holds);
}

test("each has a README that shows its picture, and is tried out here", () => {
  const own = readFileSync(fileURLToPath(import.meta.url), "utf8");
  for (const { name } of readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )) {
    const readme = readFileSync(`${EXAMPLES}${name}/README.md`, "utf8");
    assert.match(readme, /!\[[^\]]{10,}\]\(picture\.png\)/, name);
    assert.ok(existsSync(`${EXAMPLES}${name}/picture.png`), name);
    // Projects that are made are tried out with the package.
    if (name !== "create-dormouse") assert.ok(own.includes(`start("${name}",`), name);
  }
});

test("partykit-chat", async () => {
  const url = await start("partykit-chat", startPartyKit);
  await fetchPage(url, "/dist/page.js");
  const music = { query: { topic: "music" } };
  await testChat(connect(url, music), connect(url, music), connect(url));
});

test("partyserver-chat", async () => {
  const url = await start("partyserver-chat", startWrangler);
  await fetchPage(url, "/page.js");
  const path = (topic: string) => ({ path: `/parties/chat/${topic}/socket.io/` });
  const ada = connect(url, path("music"));
  await ask(ada, "name", "Ada");
  const answer = await fetch(`${url}/parties/chat/music`);
  assert.deepEqual(await answer.json(), { topic: "music", people: 1 });
  await testChat(ada, connect(url, path("music")), connect(url, path("general")));
  assert.equal((await fetch(`${url}/elsewhere`)).status, 404);
});

test("hono", async () => {
  const url = await start("hono", startWrangler);
  const socket = connect(url, { query: { room: "a" } });
  await next(socket, "connect");
  assert.deepEqual(await (await fetch(`${url}/rooms/a`)).json(), { room: "a", sockets: 1 });
  assert.deepEqual(await (await fetch(`${url}/rooms/b`)).json(), { room: "b", sockets: 0 });
  const said = next(socket, "message");
  const posted = await fetch(`${url}/rooms/a/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "hi" }),
  });
  assert.equal(posted.status, 201);
  assert.deepEqual(await said, ["the app", "hi"]);
  const echoed = next(socket, "message");
  socket.emit("message", "me");
  assert.deepEqual(await echoed, [socket.id, "me"]);
  const refused = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
  assert.equal(refused.status, 400);
  assert.deepEqual(await refused.json(), { code: 0, message: "Transport unknown" });
  assert.equal((await fetch(`${url}/other`)).status, 404);
  socket.close();
});

test("sharded", async () => {
  const url = await start("sharded", startWrangler);
  await fetchPage(url, "/page.js", /heard/);
  const shards = ["0", "1", "2", "3"];
  const people = shards.map((shard) => connect(url, { query: { shard } }));
  const [first] = people as [ClientSocket];
  await Promise.all(people.map((client) => ask(client, "join", "lobby")));
  const [told] = (await ask(first, "who")) as [{ shard: string; rooms: string[] }[]];
  assert.deepEqual(new Set(told.map(({ rooms }) => rooms[1])), new Set(["lobby"]));
  const heard = Promise.all(people.map((client) => next(client, "said")));
  first.emit("say", "lobby", "hello");
  const texts = (await heard).map(([said]) => (said as { text: string }).text);
  assert.deepEqual(texts, ["hello", "hello", "hello", "hello"]);
  for (const client of people) client.close();
});

test("news: from a queue and from a cron trigger", async () => {
  const url = await start("news", startWrangler);
  await fetchPage(url, "/page.js", /following/);
  const [follower, other] = [connect(url), connect(url)];
  await Promise.all([ask(follower, "follow", "weather"), ask(other, "follow", "sports")]);
  const heard: unknown[] = [];
  other.on("news", (...news: unknown[]) => heard.push(news));
  const news = next(follower, "news");
  const posted = await fetch(`${url}/items`, {
    method: "POST",
    body: JSON.stringify({ topic: "weather", text: "rain" }),
  });
  assert.equal(posted.status, 202);
  assert.deepEqual(await news, ["weather", "rain"]);
  const times = [next(follower, "time"), next(other, "time")];
  assert.equal((await fetch(`${url}/cdn-cgi/handler/scheduled`)).status, 200);
  for (const [time] of await Promise.all(times)) assert.match(String(time), /^\d{4}-.*Z$/);
  assert.deepEqual(heard, []);
  assert.equal((await fetch(`${url}/elsewhere`)).status, 404);
});

test("router-chat", async () => {
  const url = await start("router-chat", startWrangler);
  await fetchPage(url, "/page.js", /room:enter/);
  const stranger = connect(url);
  assert.deepEqual(await next(stranger, "res"), ["connected, stranger!"]);
  const answered = next(stranger, "res");
  assert.deepEqual(await ask(stranger, "chat", "hello"), [5]);
  assert.deepEqual(await answered, ["Hi! I've got your message: hello"]);
  const refused = next(stranger, "res");
  stranger.emit("room:say", "music", "hello");
  assert.deepEqual(await refused, ["refused: sign in first"]);
  const [ada, bob] = [await signIn(url, "Ada"), await signIn(url, "Bob")];
  assert.deepEqual(await ask(ada, "room:enter", "music"), [1]);
  assert.deepEqual(await ask(bob, "room:enter", "music"), [2]);
  const said = next(bob, "said");
  ada.emit("room:say", "music", "hello");
  assert.deepEqual(await said, ["music", "Ada", "hello"]);
  const gone = next(bob, "res");
  ada.close();
  assert.deepEqual(await gone, ["Ada has gone: client namespace disconnect"]);
  stranger.close();
  bob.close();
});

test("auth-chat", async () => {
  const url = await start("auth-chat", startWrangler);
  await fetchPage(url, "/page.js", /authenticate/);
  await testAuthChat(url);
});

test("auth-chat's object, evicted before each event, and its page", async () => {
  const folder = new URL("../../examples/auth-chat/", import.meta.url);
  const assets = fileURLToPath(new URL("public/", folder));
  await build({
    entryPoints: [fileURLToPath(new URL("page.js", folder))],
    outfile: `${assets}page.js`,
    bundle: true,
    format: "esm",
  });
  const worker = await startWorker({
    entry: new URL("index.ts", folder),
    classes: { CHAT: "Chat" },
    bindings: { TOKEN_SECRET: "a secret of this test's" },
    compatibilityFlags: ["nodejs_als"],
    assets,
  });
  const browser = await startChromium();
  try {
    const sleep = () => worker.evict("default");
    await testAuthChat(worker.url, sleep);
    const page = await openPage(browser);
    await page.goto(worker.url);
    await testAuthPage(page, sleep);
  } finally {
    await Promise.all([browser.close(), worker.stop()]);
  }
});

/** Signs in, joins what is allowed, is refused the rest, talks. */
async function testAuthPage(page: Page, sleep: () => Promise<void>): Promise<void> {
  const lines: string[] = [];
  const submit = async (form: string, values: Record<string, string>, ...shown: string[]) => {
    for (const [name, value] of Object.entries(values)) {
      await page.fill(`#${form} [name=${name}]`, value);
    }
    await page.click(`#${form} button`);
    lines.push(...shown);
    await page
      .locator("li")
      .nth(lines.length - 1)
      .waitFor();
    assert.deepEqual(await page.locator("li").allTextContents(), lines);
  };
  await submit("login", { user: "Ada" }, "let in");
  await sleep();
  await submit("join", { room: "music" }, "in music");
  await sleep();
  await submit("join", { room: "staff" }, "in music");
  await sleep();
  await submit("say", { room: "music", text: "hello" }, "music, Ada: hello");
  await sleep();
  await submit("leave", { room: "music" }, "in no room");
  const refused = "Invalid token to authenticate! Please login again!";
  const [own, server] = ["io client disconnect", "io server disconnect"];
  await submit("forge", {}, `disconnected: ${own}`, refused, `disconnected: ${server}`);
  await submit("login", { user: "Grace" }, "let in");
  await sleep();
  await submit("join", { room: "staff" }, "in staff");
}

/** Who signs in joins what is allowed, and nothing else. `sleep` puts the object to sleep. */
async function testAuthChat(url: string, sleep = async () => {}): Promise<void> {
  const enter = async (user: string) => {
    const token = await (await fetch(`${url}/login?user=${user}`, { method: "POST" })).text();
    const client = connect(url, { auth: { token } });
    await next(client, "connect");
    await sleep();
    const told = next(client, "authenticated");
    client.emit("authenticate");
    await told;
    return client;
  };
  const [ada, grace] = [await enter("Ada"), await enter("Grace")];
  for (const client of [ada, grace]) {
    await sleep();
    client.emit("join", { rooms: ["staff", "music", "toString"] });
  }
  await sleep();
  assert.deepEqual(await ask(ada, "rooms"), [["music"]]);
  assert.deepEqual(await ask(grace, "rooms"), [["staff", "music"]]);
  const heard: unknown[] = [];
  ada.on("said", (message) => heard.push(message));
  for (const room of ["staff", "music"]) {
    await sleep();
    const said = next(grace, "said");
    grace.emit("say", { room, text: "hello" });
    assert.deepEqual(await said, [{ room, user: "Grace", text: "hello" }]);
  }
  await ask(ada, "rooms");
  assert.deepEqual(heard, [{ room: "music", user: "Grace", text: "hello" }]);
  const eve = connect(url, { auth: { token: "not.a.token" } });
  await next(eve, "connect");
  await sleep();
  const refused = next(eve, "unauthenticated");
  const gone = next(eve, "disconnect");
  eve.emit("authenticate");
  const [{ message }] = (await refused) as [{ message: string }];
  assert.equal(message, "Invalid token to authenticate! Please login again!");
  assert.deepEqual((await gone)[0], "io server disconnect");
  ada.close();
  grace.close();
}

/** Gets a session's cookie by HTTP, connects with it, and is greeted by name. */
async function signIn(url: string, user: string): Promise<ClientSocket> {
  const response = await fetch(`${url}/login?user=${user}`, { method: "POST" });
  assert.equal(response.status, 204);
  const [cookie = ""] = response.headers.getSetCookie();
  assert.match(cookie, /; HttpOnly; Secure; SameSite=Lax/i);
  const client = connect(url, { extraHeaders: { cookie: cookie.split(";")[0] } });
  assert.deepEqual(await next(client, "res"), [`connected, ${user}!`]);
  return client;
}
