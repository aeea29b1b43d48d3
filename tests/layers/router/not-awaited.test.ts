// Middlewares that do not wait for their `next()`, or call it when they have ended, and an `onError` that fails: nothing is
// lost in silence.
import assert from "node:assert/strict";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Server } from "../../../durable-objects/node/index.ts";
import { createRouter, type Middleware } from "../../../layers/router/index.ts";
import {
  createSessions,
  memoryStore,
  type SessionStore,
} from "../../../layers/router/session/index.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const clean: (() => unknown)[] = [];
after(async () => {
  for (const each of clean.reverse()) await each();
});

/** A store that takes its time, as those of objects and of KV do. */
function slowStore(): SessionStore {
  const store = memoryStore();
  return {
    async get(id) {
      await pause(2);
      return store.get(id);
    },
    async set(id, stored) {
      await pause(2);
      await store.set(id, stored);
    },
  };
}

interface Middlewares {
  connectionMiddleware?: Middleware[];
  packetMiddleware?: Middleware[];
}

function serve(middlewares: Middlewares): { url: string; io: Server; errors: string[] } {
  const io = new Server(0);
  clean.push(() => io.close());
  const errors: string[] = [];
  const router = createRouter(io, {
    namespace: { "/": middlewares },
    session: createSessions<{ count?: number; began?: boolean }>({
      password: "a password for tests that is long enough",
      store: slowStore(),
    }),
    onError: (error, _ctx, event) => void errors.push(`${event}: ${(error as Error).message}`),
  });
  router.route("count", async (ctx) => {
    await pause(5);
    ctx.session.count = (ctx.session.count ?? 0) + 1;
    return ctx.session.count;
  });
  router.route("began", async (ctx) => ctx.session.began ?? null);
  const { port } = (io.httpServer as HttpServer).address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, io, errors };
}

async function open(url: string) {
  const socket = connect(url, "", { reconnection: false });
  clean.push(() => socket.disconnect());
  const refused = new Promise<string>((resolve) => {
    socket.once("connect_error", (error) => resolve(error.message));
  });
  const outcome = await Promise.race([next(socket, "connect").then(() => "connected"), refused]);
  return { socket, outcome };
}

test("a connection middleware that has changed the session, and does not wait for next(), lets the client in", async () => {
  const { url, io, errors } = serve({
    connectionMiddleware: [
      (ctx, next) => {
        ctx.session.began = true;
        next();
      },
    ],
  });
  const { socket, outcome } = await open(url);
  assert.equal(outcome, "connected");
  assert.deepEqual(await ask(socket, "began"), [true]);
  socket.disconnect();
  while (io.sockets.sockets.size > 0) await pause(1);
  assert.deepEqual(errors, []);
});

test("what a handler changes in the session is kept, whether its middleware waits for it or not", async () => {
  const { url, errors } = serve({ packetMiddleware: [(_ctx, next) => void next()] });
  const { socket } = await open(url);
  assert.deepEqual(await ask(socket, "count"), [1]);
  assert.deepEqual(await ask(socket, "count"), [2]);
  assert.deepEqual(errors, []);
});

test("a next() that comes when its middleware has ended: the packet is handled, and its session kept", async () => {
  const { url, errors } = serve({
    packetMiddleware: [(_ctx, next) => void setTimeout(next, 5)],
  });
  const { socket } = await open(url);
  assert.deepEqual(await ask(socket, "count"), [1]);
  assert.deepEqual(await ask(socket, "count"), [2]);
  assert.deepEqual(errors, []);
});

test("a connection middleware that has ended without next() has refused the client: a later one is reported", async () => {
  const { url, io, errors } = serve({
    connectionMiddleware: [(_ctx, next) => void setTimeout(next, 5)],
  });
  const { outcome } = await open(url);
  assert.match(outcome, /not admitted: a connection middleware ended without calling next\(\)/);
  while (errors.length === 0) await pause(1);
  assert.deepEqual(errors, [
    "connection: next() came to nothing: the connection middleware had ended",
  ]);
  assert.equal(io.sockets.sockets.size, 0);
});

test("a connection middleware that throws behind a next() it has not waited for refuses, if it is in time", async () => {
  const { url, io } = serve({
    connectionMiddleware: [
      (ctx, next) => {
        ctx.session.began = true;
        next();
        throw new Error("at once");
      },
    ],
  });
  const { outcome } = await open(url);
  assert.equal(outcome, "at once");
  assert.equal(io.sockets.sockets.size, 0);
});

test("what stands behind a next() that the first does not wait for has the session when the client leaves", async () => {
  const seen: unknown[] = [];
  const { url, errors } = serve({
    connectionMiddleware: [
      (_ctx, next) => void next(),
      async (ctx, next) => {
        await next();
        ctx.session.count = 7;
        seen.push(ctx.reason, ctx.session.count);
      },
    ],
  });
  const { socket, outcome } = await open(url);
  assert.equal(outcome, "connected");
  socket.disconnect();
  while (seen.length === 0) await pause(1);
  assert.deepEqual([seen, errors], [["client namespace disconnect", 7], []]);
});

test("an onError that throws, or rejects, is told in the log", async (t) => {
  const lines = t.mock.method(console, "error", () => {});
  for (const [why, onError] of [
    [
      "at once",
      () => {
        throw new Error("at once");
      },
    ],
    ["later", () => Promise.reject(new Error("later"))],
  ] as const) {
    const io = new Server(0);
    clean.push(() => io.close());
    createRouter(io, { onError }).route("fail", async () => {
      throw new Error("on purpose");
    });
    const { port } = (io.httpServer as HttpServer).address() as AddressInfo;
    const { socket } = await open(`http://127.0.0.1:${port}`);
    socket.emit("fail");
    while (!lines.mock.calls.some(({ arguments: [, problem] }) => problem?.message === why)) {
      await pause(1);
    }
  }
  assert.equal(lines.mock.callCount(), 2);
});
