// On Node: the sessions of an Express application, its middleware and its store, awake and asleep.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { after, test } from "node:test";
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

async function start() {
  const store = new session.MemoryStore();
  const options = { secret: "a secret", store, resave: false, saveUninitialized: true };
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
  return { io, url, visit, client, errors };
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
