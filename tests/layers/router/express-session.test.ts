// On Node: the sessions of an Express application, its middleware and its store, awake and asleep.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { io as connect } from "socket.io-client";
import { Server } from "../../../durable-objects/node/index.ts";
import {
  type ExpressMiddleware,
  type ExpressStore,
  expressSessions,
} from "../../../layers/router/express-session/index.ts";
import { createRouter } from "../../../layers/router/index.ts";
import { listen } from "../../support/oracle.ts";
import { upgrade } from "../../support/raw-http.ts";
import { ask } from "../../support/stock-client.ts";

interface ExpressSession {
  (options: object): ExpressMiddleware;
  MemoryStore: new () => ExpressStore;
}
type Request = IncomingMessage & {
  session: { user?: string; regenerate(done: () => void): void; destroy(done: () => void): void };
  sessionID: string;
};

// The package has no types of its own.
const session = createRequire(import.meta.url)("express-session") as ExpressSession;

const stops: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const stop of stops) await stop();
});

async function start(cookie: { maxAge?: number } = {}) {
  const store = new session.MemoryStore();
  const options = { secret: "a secret", store, resave: false, saveUninitialized: true, cookie };
  const middleware = session(options);
  const httpServer = createServer((request, response) => {
    middleware(request, response, () => {
      const { session, url } = request as Request;
      const answer = () => {
        const current = request as Request;
        if (url === "/login") current.session.user = "Ada";
        response.end(JSON.stringify({ id: current.sessionID, user: current.session?.user }));
      };
      if (url === "/login") session.regenerate(answer);
      else if (url === "/logout") session.destroy(answer);
      else answer();
    });
  });
  const io = new Server(httpServer);
  const errors: string[] = [];
  const router = createRouter(io, {
    session: expressSessions<{ user: string; visits: number }>(middleware, store),
    namespace: {
      "/": {
        connectionMiddleware: [
          async (ctx, next) => {
            ctx.session.visits = (ctx.session.visits ?? 0) + 1;
            await next();
          },
        ],
      },
    },
    onError: (error) => errors.push((error as Error).message),
  });
  router.route("get", async (ctx) => ({ ...ctx.session, id: ctx.session.id }));
  router.route("set", async (ctx) => {
    ctx.session.user = ctx.args[0];
    return "set";
  });
  router.route("destroy", async (ctx) => {
    await ctx.session.destroy();
    return "ended";
  });
  router.route("look while another changes it", async (ctx) => {
    const stored = { ...(await kept(store, ctx.session.id)), user: "another's" };
    await new Promise((resolve) => store.set(ctx.session.id, stored, resolve));
  });
  router.route("regenerate", (ctx) => ctx.session.regenerate());
  router.of("/chat").route("get", async (ctx) => ctx.session.id);
  const { url, stop } = await listen(httpServer);
  stops.push(async () => {
    await io.close();
    await stop();
  });
  const visit = async (path: string, cookie = "") => {
    const response = await fetch(url + path, { headers: { cookie } });
    const set = response.headers.getSetCookie()[0]?.split(";")[0];
    return { cookie: set ?? cookie, ...((await response.json()) as { id: string; user?: string }) };
  };
  const client = (cookie: string) => {
    const headers = cookie === "" ? {} : { extraHeaders: { cookie } };
    const socket = connect(url, { transports: ["websocket"], forceNew: true, ...headers });
    stops.unshift(async () => socket.disconnect());
    return socket;
  };
  return { io, url, visit, client, errors, store };
}

type Kept = { cookie: { expires: string; originalMaxAge: number } };

/** A session as it is in the store. */
function kept(store: ExpressStore, id: string): Promise<Kept> {
  return new Promise((resolve, reject) => {
    store.get(id, (error, found) => (found ? resolve(found) : reject(error ?? new Error(id))));
  });
}

/** Until when it is kept. */
async function keptUntil(store: ExpressStore, id: string): Promise<number> {
  return Date.parse((await kept(store, id)).cookie.expires);
}

/** As if so much of its time had passed. */
async function age(store: ExpressStore, id: string, milliseconds: number): Promise<void> {
  const { cookie, ...data } = await kept(store, id);
  const expires = new Date(Date.parse(cookie.expires) - milliseconds);
  await new Promise((resolve) =>
    store.set(id, { ...data, cookie: { ...cookie, expires } }, resolve),
  );
}

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isTrue())) await delay(5);
}

for (const isAsleep of [false, true]) {
  const how = isAsleep ? "asleep before every event" : "awake";

  test(`${how}: a socket has the session of the site's requests, and they have the socket's`, async () => {
    const { io, visit, client } = await start();
    const sleep = () => isAsleep && io.hibernate();
    const { cookie, id } = await visit("/login");
    const socket = client(cookie);
    assert.deepEqual(await ask(socket, "get"), [{ user: "Ada", visits: 1, id }]);
    sleep();
    assert.deepEqual(await ask(socket, "get"), [{ user: "Ada", visits: 1, id }]);
    sleep();
    await ask(socket, "set", "Ada Lovelace");
    assert.equal((await visit("/", cookie)).user, "Ada Lovelace");
    sleep();
    const chat = socket.io.socket("/chat");
    assert.deepEqual(await ask(chat, "get"), [id]);
    chat.disconnect();
    await visit("/logout", cookie);
    sleep();
    assert.deepEqual(await ask(socket, "get"), [{ id }]);
  });

  test(`${how}: a session that begins with the handshake has its cookie`, async () => {
    const { io, url, visit, client } = await start();
    const { headers } = await upgrade(url);
    const [line = ""] = headers["set-cookie"] ?? [];
    assert.match(line, /^connect\.sid=.*; HttpOnly/);
    const cookie = line.split(";")[0] as string;
    const socket = client(cookie);
    if (isAsleep) io.hibernate();
    const { id } = await visit("/", cookie);
    const [{ id: seen }] = (await ask(socket, "get")) as [{ id: string }];
    assert.equal(seen, id);
    const [one, two] = [client(""), client("")];
    await ask(one, "set", "one");
    if (isAsleep) io.hibernate();
    const users = [await ask(one, "get"), await ask(two, "get")] as [{ user?: string }][];
    assert.deepEqual(
      users.map(([{ user }]) => user),
      ["one", undefined],
    );
  });
}

test("a forged cookie opens nothing; a regenerated session leaves its id behind", async () => {
  const { visit, client, errors } = await start();
  const { cookie, id } = await visit("/login");
  const forged = client(`${cookie.slice(0, -4)}AAAA`);
  const [seen] = (await ask(forged, "get")) as [{ user?: string; id: string }];
  assert.equal(seen.user, undefined);
  assert.notEqual(seen.id, id);
  const socket = client(cookie);
  socket.emit("regenerate");
  await ask(socket, "get");
  const [after] = (await ask(socket, "get")) as [{ user?: string; id: string }];
  assert.equal(after.user, "Ada");
  assert.notEqual(after.id, id);
  assert.equal((await visit("/", cookie)).user, undefined);
  assert.deepEqual(errors, []);
});

test("a session that Express or a socket has ended is brought back by nothing, and that is reported", async () => {
  const { visit, client, errors } = await start();
  const over = "dormouse: the session has ended, what was changed in it is not kept";
  for (const end of ["by the site", "by the socket"]) {
    const { cookie, id } = await visit("/login");
    const socket = client(cookie);
    await ask(socket, "get");
    if (end === "by the site") await visit("/logout", cookie);
    else await ask(socket, "destroy");
    socket.emit("set", "Ada");
    await until(() => errors.length > 0);
    assert.deepEqual(errors.splice(0), [over], end);
    assert.deepEqual(await ask(socket, "get"), [{ id }], end);
    const later = await visit("/", cookie);
    assert.notEqual(later.id, id, end);
    assert.equal(later.user, undefined, end);
  }
});

test("a session lives on while a socket uses it, and under another id for as long", async () => {
  const hour = 3_600_000;
  const { visit, client, store, errors } = await start({ maxAge: hour });
  const { cookie, id } = await visit("/login");
  const socket = client(cookie);
  await ask(socket, "get");
  await age(store, id, 0.4 * hour);
  const before = await keptUntil(store, id);
  await ask(socket, "get");
  assert.equal(await keptUntil(store, id), before, "not with every use");
  await age(store, id, 0.4 * hour);
  await ask(socket, "get");
  assert.ok((await keptUntil(store, id)) > before, "before it is too late");
  await age(store, id, 0.8 * hour);
  const again = await keptUntil(store, id);
  socket.emit("look while another changes it");
  await until(async () => (await keptUntil(store, id)) > again);
  const [{ user: changed }] = (await ask(socket, "get")) as [{ user: string }];
  assert.equal(changed, "another's", "who has only looked writes nothing of his own");
  await ask(socket, "set", "Ada");
  socket.emit("regenerate");
  await ask(socket, "get");
  const [seen] = (await ask(socket, "get")) as [{ id: string; user: string }];
  assert.notEqual(seen.id, id);
  assert.equal(seen.user, "Ada");
  assert.ok((await keptUntil(store, seen.id)) > before);
  assert.deepEqual(errors, []);
});
