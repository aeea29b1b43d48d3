// dormouse-io/testing: what is lost in each kind of sleep, and what keeps a server awake.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { io } from "socket.io-client";
import {
  evictBeforeEvents,
  type MiniflareLike,
  startServer,
  type TestServer,
  type TestServerOptions,
  transportTo,
} from "../../../layers/testing/index.ts";
import { startWorker } from "../../support/miniflare.ts";
import { ROOT } from "../../support/pages.ts";
import { ask, connect, next } from "../../support/stock-client.ts";
import { Chat } from "./servers/chat.ts";

const MODULE = new URL("./servers/chat.ts", import.meta.url);

async function start(
  t: TestContext,
  options?: TestServerOptions,
  what: URL | typeof Chat = MODULE,
) {
  const server = await startServer(what, options);
  t.after(() => server.close());
  return { server, socket: client(t, server) };
}

function client(t: TestContext, { url }: Pick<TestServer, "url">) {
  const socket = connect(url, "", { reconnection: false });
  t.after(() => void socket.close());
  return socket;
}

test("cold: modules are loaded anew, and what they import", async (t) => {
  const { server, socket } = await start(t);
  await ask(socket, "count");
  const [answer] = await ask(socket, "count");
  assert.deepEqual(answer, { loaded: 1, inSetup: 1, names: 1, data: 2 });
  assert.ok(server.sleeps >= 2);
  assert.deepEqual(server.keptAwake, []);
});

test("each of several events that are sent at once has a sleep before it, however long it is", async (t) => {
  const { server, socket } = await start(t);
  await ask(socket, "count");
  const { sleeps } = server;
  const answers = ["x", "x".repeat(200), "x".repeat(70_000), Buffer.alloc(70_000, 1)].map(
    async (value) => assert.deepEqual(await ask(socket, "echo", value), [value]),
  );
  await Promise.all([...answers, ask(socket, "count"), ask(socket, "count")]);
  assert.ok(server.sleeps >= sleeps + 7, `${server.sleeps - sleeps}`);
  assert.deepEqual((await ask(socket, "count"))[0], { loaded: 1, inSetup: 1, names: 1, data: 4 });
});

test("warm: what setup has is lost, what modules have is not", async (t) => {
  const { socket } = await start(t, { sleep: "warm" });
  await ask(socket, "count");
  const [answer] = await ask(socket, "count");
  assert.deepEqual(answer, { loaded: 2, inSetup: 1, names: 2, data: 2 });
});

test("never: nothing is lost", async (t) => {
  const { server, socket } = await start(t, { sleep: "never" });
  await ask(socket, "count");
  const [answer] = await ask(socket, "count");
  assert.deepEqual(answer, { loaded: 2, inSetup: 2, names: 2, data: 2 });
  assert.equal(server.sleeps, 0);
  assert.equal(await server.sleep(), false);
});

test("a class sleeps warm; its own methods are there after a cold sleep, too", async (t) => {
  const warm = await start(t, undefined, Chat);
  const before = (await ask(warm.socket, "count"))[0] as { loaded: number; names: number };
  const [after] = await ask(warm.socket, "count");
  assert.deepEqual(after, {
    ...before,
    loaded: before.loaded + 1,
    names: before.names + 1,
    data: 2,
    inSetup: 1,
  });
  const cold = await start(t, { export: "Chat" });
  await ask(cold.socket, "count");
  assert.equal((cold.server.object as Chat).howMany(), 1);
  await assert.rejects(startServer(Chat, { sleep: "cold" }), /give its URL, not a class/);
});

test("an interval keeps it awake, and is named with its line", async (t) => {
  const { server, socket } = await start(t);
  socket.emit("start");
  await ask(socket, "count");
  const { sleeps } = server;
  const [answer] = await ask(socket, "count");
  assert.deepEqual(answer, { loaded: 2, inSetup: 2, names: 2, data: 2 });
  assert.equal(server.sleeps, sleeps);
  const [reason, ...others] = server.keptAwake;
  assert.deepEqual(others, []);
  assert.equal(reason?.what, "interval");
  assert.equal(reason?.milliseconds, 60_000);
  assert.match(reason?.where ?? "", /servers\/chat\.ts:19:\d+/);
  socket.emit("stop");
  await ask(socket, "count");
  assert.deepEqual((await ask(socket, "count"))[0], { loaded: 1, inSetup: 1, names: 1, data: 4 });
});

test("a listener that waits for a timer is not interrupted", async (t) => {
  const { server, socket } = await start(t);
  await ask(socket, "count");
  const later = ask(socket, "later");
  await ask(socket, "count");
  assert.deepEqual(await later, [2]);
  assert.deepEqual(
    server.keptAwake.map(({ what, milliseconds }) => [what, milliseconds]),
    [["timeout", 200]],
  );
});

test("so does an acknowledgement that a client has not given", async (t) => {
  const { server, socket } = await start(t);
  const question = next(socket, "question");
  socket.emit("ask");
  const [answer] = (await question) as [() => void];
  await ask(socket, "count");
  assert.deepEqual(server.keptAwake, [
    { what: "acknowledgement", where: `acknowledgement 0 of socket ${socket.id} in /` },
  ]);
  answer();
  await ask(socket, "count");
  assert.deepEqual((await ask(socket, "count"))[0], { loaded: 1, inSetup: 1, names: 1, data: 3 });
});

test("and a listener that is registered late, as long as its client is there", async (t) => {
  const { server, socket } = await start(t);
  socket.emit("late");
  await ask(socket, "count");
  assert.deepEqual(server.keptAwake, [
    { what: "listener", where: `socket.on("later than late") of socket ${socket.id} in /` },
  ]);
  socket.disconnect();
  while (server.object.io.engine.clientsCount > 0) await pause(5);
  assert.equal(await server.sleep(), true);
});

test("modules named as for bundlers, without their endings, are found, and are loaded anew; others are told", async (t) => {
  mkdirSync(join(ROOT, "build", "test"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "build", "test", "endings-"));
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
  const node = pathToFileURL(join(ROOT, "durable-objects", "node", "index.ts")).href;
  write(
    "server.ts",
    `import { createServer } from "${node}";
    import { count } from "./count";
    import { double } from "./more";
    export class Chat extends createServer((io) => {
      io.on("connection", (socket) => {
        socket.on("count", (answer) => answer(double(count())));
      });
    }) {}`,
  );
  write("count.ts", "let n: number = 0; export const count = (): number => (n += 1);");
  mkdirSync(join(folder, "more"));
  write("more/index.js", "export const double = (value) => 2 * value;");
  const server = pathToFileURL(join(folder, "server.ts"));
  const { socket } = await start(t, {}, server);
  // Behind the server's own end.
  t.after(() => rmSync(folder, { recursive: true }));
  for (let twice = 0; twice < 2; twice++) assert.deepEqual(await ask(socket, "count"), [2]);
  write("broken.ts", 'import "./gone";');
  await assert.rejects(
    startServer(pathToFileURL(join(folder, "broken.ts"))),
    /Cannot find module '.*gone' imported from .*broken\.ts/,
  );
});

test("what is no server is told", async () => {
  await assert.rejects(
    startServer(new URL("./servers/names.ts", import.meta.url)),
    /names\.ts exports 0 classes made by createServer/,
  );
  await assert.rejects(startServer(MODULE, { export: "Other" }), /exports no server called Other/);
});

test("a real object in Miniflare is evicted before each event, or is kept by a timer", async (t) => {
  const worker = await startWorker({
    entry: {
      source: `
        import { createServer, routeSocketIO } from "dormouse-io";
        export class Chat extends createServer((io) => {
          let inSetup = 0;
          io.on("connection", (socket) => {
            socket.on("count", (answer) => {
              socket.data.count = (socket.data.count ?? 0) + 1;
              answer(++inSetup, socket.data.count);
            });
            socket.on("start", (answer) => { setInterval(() => {}, 60_000); answer(); });
          });
        }) {}
        export default { fetch: (request, env) => routeSocketIO(request, env.CHAT) };
      `,
    },
    classes: { CHAT: "Chat" },
  });
  const object = { script: "worker", className: "Chat", url: new URL(worker.url) };
  const chat = await evictBeforeEvents(worker.mf, object);
  t.after(async () => {
    await chat.close();
    await worker.stop();
  });
  const socket = client(t, chat);
  await ask(socket, "count");
  assert.deepEqual(await ask(socket, "count"), [1, 2]);
  assert.ok(chat.evictions >= 2);
  assert.equal(chat.isKeptAwake, false);
  // The platform takes thirty seconds to give up.
  if (process.env.DORMOUSE_LONG === undefined) return;
  await ask(socket, "start");
  assert.deepEqual(await ask(socket, "count"), [1, 3]);
  assert.deepEqual(await ask(socket, "count"), [2, 4]);
  assert.equal(chat.isKeptAwake, true);
});

test("transportTo: the stock client speaks to a stub, which leaves memory meanwhile", async (t) => {
  const worker = await startWorker({
    entry: {
      source: `
        import { createServer } from "dormouse-io";
        const options = {
          allowRequest: (request) => {
            if (request._query.token !== "x" || request.headers["x-y"] !== "z") throw new Error("no");
          },
        };
        export class Chat extends createServer(options, (io) => {
          io.on("connection", (socket) => {
            socket.on("name", (name) => { socket.data.name = name; });
            socket.on("echo", (value, answer) => answer(socket.data.name, value));
            socket.on("leave", () => socket.disconnect(true));
          });
        }) {}
        export default { fetch: () => new Response("nobody comes this way") };
      `,
    },
    classes: { CHAT: "Chat" },
  });
  t.after(() => worker.stop());
  const objects = await worker.mf.getDurableObjectNamespace("CHAT");
  const stub = objects.get(objects.idFromName("default"));
  const transports = [transportTo(stub as never)];
  const settings = { forceNew: true, reconnection: false, transports };
  const query = { token: "x" };
  const extraHeaders = { "x-y": "z" };
  const socket = io("http://chat", { ...settings, query, extraHeaders });
  t.after(() => void socket.close());
  await next(socket, "connect");
  socket.emit("name", "Ada");
  await worker.evict("default");
  const bytes = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);
  const [name, echoed] = (await ask(socket, "echo", { bytes })) as [string, { bytes: Uint8Array }];
  assert.equal(name, "Ada");
  assert.deepEqual([...new Uint8Array(echoed.bytes)], [1, 2]);
  const gone = next(socket, "disconnect");
  socket.emit("leave");
  assert.deepEqual((await gone)[0], "io server disconnect");
  const refused = io("http://chat", { ...settings, query });
  t.after(() => void refused.close());
  const [error] = (await next(refused, "connect_error")) as [{ description: Error }];
  assert.match(error.description.message, /refused with 403: .*"no"/);
});

test("a Miniflare that cannot evict objects, as npm installs it on Node 20, is told so at once", async () => {
  const older = { ready: Promise.resolve(new URL("http://127.0.0.1:1")) } as MiniflareLike;
  const object = { script: "chat", className: "Chat" };
  await assert.rejects(evictBeforeEvents(older, object), {
    name: "TypeError",
    message: /cannot take objects out of memory: npm install --save-dev miniflare@latest/,
  });
});
