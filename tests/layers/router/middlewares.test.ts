// Middlewares run in the order of koa-compose; what is configured wrongly is refused by name; egg's folders.
import assert from "node:assert/strict";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import compose from "koa-compose";
import { io as connect } from "socket.io-client";
import { Server, type ServerOptions } from "../../../durable-objects/node/index.ts";
import { createRouter, loadModules, type Middleware } from "../../../layers/router/index.ts";
import { readModules } from "../../../layers/router/node/index.ts";
import { ask, next, connect as open } from "../../support/stock-client.ts";

type Step = (ctx: { log: string[] }, next: () => Promise<void>) => unknown;

const pass: (name: string) => Step = (name) => async (ctx, next) => {
  ctx.log.push(`${name} before`);
  await next();
  ctx.log.push(`${name} after`);
};

/** What middlewares do, by names. Each list of them must have the same effect as with koa-compose. */
const STEPS: Record<string, (name: string) => Step> = {
  passes: pass,
  returns: (name) => (ctx, next) => {
    ctx.log.push(name);
    return next();
  },
  stops: (name) => async (ctx) => void ctx.log.push(`${name} stops`),
  waits: (name) => async (ctx, next) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    await pass(name)(ctx, next);
  },
  throws: (name) => async () => {
    throw new Error(name);
  },
  "throws at once": (name) => () => {
    throw new Error(name);
  },
  "throws behind": (name) => async (_ctx, next) => {
    await next();
    throw new Error(name);
  },
  catches: (name) => async (ctx, next) => {
    await next().catch((error: Error) => ctx.log.push(`${name} caught ${error.message}`));
    ctx.log.push(`${name} after`);
  },
  "finally goes on": (name) => async (ctx, next) => {
    try {
      await next();
    } finally {
      ctx.log.push(`${name} finally`);
    }
  },
  "calls twice": (name) => async (ctx, next) => {
    await next();
    await next().catch((error: Error) => ctx.log.push(`${name}: ${error.message}`));
  },
};

const servers: Server[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

function serve(options: ServerOptions = {}): Server {
  const io = new Server(0, options);
  servers.push(io);
  return io;
}

test("packet middlewares have the order and the outcome of koa-compose", async () => {
  const kinds = Object.keys(STEPS);
  const lists = kinds.flatMap((first) =>
    kinds.map((second) => [first, second, "passes"].map((kind, at) => [kind, `${at}`] as const)),
  );
  const io = serve();
  let log: string[] = [];
  let outcome: string | undefined;
  for (const [index, list] of lists.entries()) {
    const steps = list.map(([kind, name]) => (STEPS[kind] as (name: string) => Step)(name));
    const packetMiddleware = steps.map(
      (step): Middleware =>
        (_ctx, next) =>
          step({ log }, next),
    );
    const router = createRouter(io, {
      namespace: { [`/${index}`]: { packetMiddleware } },
      onError: (error) => {
        outcome = (error as Error).message;
      },
    });
    router.of(`/${index}`).route("go", async () => void log.push("controller"));
  }
  const socket = connect(`${urlOf(io)}/0`, { transports: ["websocket"] });
  for (const [index, list] of lists.entries()) {
    const expected: string[] = [];
    const steps = list.map(([kind, name]) => (STEPS[kind] as (name: string) => Step)(name));
    let failure: string | undefined;
    await compose(steps)({ log: expected }, async () => void expected.push("controller")).catch(
      (error: Error) => {
        failure = error.message;
      },
    );
    log = [];
    outcome = undefined;
    const client = socket.io.socket(`/${index}`);
    client.emit("go");
    await until(() => log.length === expected.length && outcome === failure);
    assert.deepEqual([log, outcome], [expected, failure], list.map(([kind]) => kind).join(", "));
    if (index > 0) client.disconnect();
  }
  socket.disconnect();
});

function urlOf({ httpServer }: Server): string {
  const { port } = (httpServer as HttpServer).address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!condition() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A server whose clients come back by recovery, its middleware's halves as they run, and a client. */
async function startRecovering(options: ServerOptions) {
  const io = serve(options);
  const log: string[] = [];
  const halves: Middleware = async (ctx, next) => {
    log.push(`in, recovered: ${ctx.socket.recovered}`);
    await next();
    log.push(`out: ${ctx.reason}`);
  };
  createRouter(io, { namespace: { "/": { connectionMiddleware: [halves] } } });
  const socket = open(urlOf(io), "", { reconnectionDelay: 1 });
  after(() => socket.disconnect());
  await next(socket, "connect");
  return { log, socket };
}

for (const skipMiddlewares of [true, false]) {
  const which = skipMiddlewares ? "neither half" : "both halves";
  test(`skipMiddlewares: ${skipMiddlewares}: a recovered client passes ${which} of its middlewares`, async () => {
    const { log, socket } = await startRecovering({ connectionStateRecovery: { skipMiddlewares } });
    assert.deepEqual(log.splice(0), ["in, recovered: false"]);
    const connected = next(socket, "connect");
    socket.io.engine.close();
    await connected;
    assert.equal(socket.recovered, true);
    socket.disconnect();
    const halves = ["in, recovered: true", "out: client namespace disconnect"];
    const expected = ["out: transport close", ...(skipMiddlewares ? [] : halves)];
    await until(() => log.length >= expected.length);
    assert.deepEqual(log, expected);
  });
}

test("a connection middleware that never ends leaves the client waiting, until connectTimeout", async () => {
  const io = serve({ connectTimeout: 100 });
  const connectionMiddleware = [() => new Promise(() => {})];
  createRouter(io, { namespace: { "/": { connectionMiddleware } } });
  const socket = open(urlOf(io), "", { reconnection: false });
  after(() => socket.disconnect());
  await new Promise((resolve) => socket.io.once("close", resolve));
  assert.equal(socket.id, undefined);
  assert.equal(io.sockets.sockets.size, 0);
});

test("what is configured wrongly is refused, and named", async () => {
  const io = new Server();
  const make = (config: unknown) => () => createRouter(io, config as object);
  assert.throws(
    make({ middlewares: {} }),
    /createRouter: unknown option "middlewares" \(did you mean "middleware"\?\)/,
  );
  assert.throws(
    make({ namespace: { "/": { packetMiddlewares: [] } } }),
    /namespace \/: unknown option "packetMiddlewares" \(did you mean "packetMiddleware"\?\)/,
  );
  assert.throws(
    make({
      middleware: { auth: async () => {} },
      namespace: { "/": { packetMiddleware: ["oauth"] } },
    }),
    /there is no middleware "oauth"; there are: auth/,
  );
  assert.throws(
    make({ namespace: { "/": { packetMiddleware: ["constructor"] } } }),
    /there is no middleware "constructor"; there are: none/,
  );
  assert.throws(
    make({ namespace: { "/": { packetMiddleware: "auth" } } }),
    /option "packetMiddleware" must be an array/,
  );
  assert.throws(make({ namespace: { "/": null } }), /must be an object/);
  assert.throws(
    make({ namespace: { "/": { connectionMiddleware: [7] } } }),
    /must be a function, got number/,
  );
  const generator = function* () {};
  assert.throws(
    make({ namespace: { "/": { connectionMiddleware: [generator] } } }),
    /is a generator function: write it with async and await/,
  );
  const router = createRouter(io);
  assert.throws(
    () => router.route("chat", undefined as never),
    /the handler of "chat" must be a function/,
  );
  assert.throws(() => router.route("chat", generator), /the handler of "chat" is a generator/);
  assert.throws(() => router.route(7 as never, async () => {}), /the event must be a string/);
  assert.throws(() => router.of("/", {}), /namespace \/ has a router already/);
  assert.equal(router.of("chat"), router.of("/chat"));
});

test("egg's folders are read from the disk", async () => {
  const log: string[] = [];
  const app = { log: (line: string) => log.push(line) };
  const modules = await readModules(new URL("egg/io/", import.meta.url));
  assert.deepEqual(Object.keys(modules).sort(), [
    "controller/admin/user_list.ts",
    "controller/chat.cjs",
    "middleware/auth.cjs",
    "middleware/packet-filter.js",
  ]);
  const { controller, middleware } = loadModules(modules, app);
  const io = serve();
  const router = createRouter(io, {
    app,
    middleware,
    namespace: { "/": { connectionMiddleware: ["auth"], packetMiddleware: ["packetFilter"] } },
  });
  router.route("chat", controller.chat.ping);
  router.route("users", controller.admin.userList.show);
  const client = connect(urlOf(io), { transports: ["websocket"] });
  const heard: unknown[] = [];
  client.on("res", (text) => heard.push(text));
  client.emit("chat", "egg");
  assert.deepEqual(await ask(client, "users", "admin"), ["users for admin"]);
  const greeting = "Hi! I've got your message: egg";
  assert.deepEqual(heard, ["connected!", "packet received!", greeting, "packet received!"]);
  client.disconnect();
  await until(() => log.length > 0);
  assert.deepEqual(log, ["disconnection!"]);
});

test("modules that are no middleware, or there twice, are refused", () => {
  const file = "io/middleware/auth.js";
  assert.throws(
    () => loadModules({ [file]: { default: { auth: 1 } } }),
    /io\/middleware\/auth.js must export/,
  );
  assert.throws(
    () => loadModules({ [file]: { default: () => undefined } }),
    /must export a middleware/,
  );
  const middleware = { default: async () => {} };
  assert.throws(
    () => loadModules({ [file]: middleware, "io/middleware/auth.ts": middleware }),
    /is there twice/,
  );
  const { controller } = loadModules({ "io/controller/__proto__.js": { ping: async () => 1 } });
  assert.deepEqual(Object.keys(controller), ["__proto__"]);
  assert.equal(({} as { ping?: unknown }).ping, undefined);
});
