// What our client's helper does beside what that of `@venizia/ignis-helpers` does: see `clients.test.ts`.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Server } from "../../../durable-objects/node/index.ts";
import { SocketIOServerHelper } from "../../../layers/auth/index.ts";
import { type ClientHelperOptions, SocketIOClientHelper } from "../../../layers/client/index.ts";
import { poll } from "../../scenarios/harness/wait.ts";
import { listen } from "../../support/oracle.ts";

let url: string;
const httpServer = createServer();
const io = new Server(httpServer);
const tokens = new Set(["right"]);
let stop: () => Promise<void>;

before(async () => {
  const helper: SocketIOServerHelper = new SocketIOServerHelper({
    io,
    identifier: "server",
    authenticateFn: ({ auth }) => tokens.has(auth.token),
    clientConnectedFn: ({ socket }) => {
      socket.on("echo", (data) => helper.send({ payload: { topic: "echo", data } }));
    },
  });
  await helper.configure();
  ({ url, stop } = await listen(httpServer));
});
after(async () => void (await Promise.all([io.close(), stop()])));

const clients: SocketIOClientHelper[] = [];
after(() => {
  for (const client of clients) client.shutdown();
});

function connect(more: Partial<ClientHelperOptions> = {}) {
  const lines: string[] = [];
  const seen: string[] = [];
  const tell = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const client = new SocketIOClientHelper({
    identifier: "client",
    host: url,
    options: {
      transports: ["websocket"],
      forceNew: true,
      auth: { token: "right" },
      reconnectionDelay: 1,
      reconnectionDelayMax: 1,
    },
    onConnected: () => void seen.push("connected"),
    onAuthenticated: () => void seen.push("authenticated"),
    onUnauthenticated: () => void seen.push("unauthenticated"),
    onDisconnected: () => void seen.push("disconnected"),
    logger: {
      info: tell("info"),
      warn: tell("warn"),
      error: tell("error"),
      debug: tell("debug"),
    },
    ...more,
  });
  clients.push(client);
  const told = (name: string, count = 1) =>
    poll(
      `${count} times ${name}`,
      async () => seen.filter((one) => one === name).length >= count || undefined,
      () => JSON.stringify(seen),
    );
  const logged = (part: string) =>
    poll(
      part,
      async () => lines.find((line) => line.includes(part)),
      () => lines.join("\n"),
    );
  return { client, seen, lines, told, logged };
}

const cut = (client: SocketIOClientHelper) => client.getSocketClient().io.engine.close();

test("it authenticates again after a reconnect, if it had been", async () => {
  const { client, seen, told } = connect();
  await told("connected");
  cut(client);
  await told("connected", 2);
  assert.equal(client.getState(), "unauthorized", "it had not been");
  client.authenticate();
  await told("authenticated");
  for (let times = 2; times < 4; times++) {
    cut(client);
    await told("authenticated", times);
  }
  assert.equal(client.getState(), "authenticated");
  const again = ["disconnected", "connected", "authenticated"];
  assert.deepEqual(seen, ["connected", ...again, ...again, ...again]);
});

test("also if the connection is lost again before it is", async () => {
  const { client, told } = connect();
  await told("connected");
  client.authenticate();
  await told("authenticated");
  client.getSocketClient().once("connect", () => cut(client));
  cut(client);
  await told("connected", 3);
  await told("authenticated", 2);
});

test("not if the application itself has disconnected it, and not if it is refused", async () => {
  const { client, told } = connect();
  await told("connected");
  client.authenticate();
  await told("authenticated");
  client.disconnect();
  client.connect();
  await told("connected", 2);
  assert.equal(client.getState(), "unauthorized");
  client.authenticate();
  await told("authenticated", 2);
  tokens.clear();
  cut(client);
  await told("unauthenticated");
  tokens.add("right");
  client.connect();
  await told("connected", 4);
  assert.equal(client.getState(), "unauthorized");
});

test("the application may authenticate in onConnected as well: it is done once", async () => {
  const { client, told, lines } = connect({
    onConnected: () => client.authenticate(),
  });
  await told("authenticated");
  cut(client);
  await told("authenticated", 2);
  assert.ok(!lines.some((line) => line.startsWith("warn: Cannot authenticate")));
});

test("one of several handlers is removed, and what a handler throws is logged", async () => {
  const { client, told, logged } = connect();
  await told("connected");
  client.authenticate();
  await told("authenticated");
  const heard: string[] = [];
  const first = () => void heard.push("first");
  const ignoreDuplicate = false;
  client.subscribe({ event: "echo", handler: first });
  client.subscribe({
    event: "echo",
    handler: () => {
      heard.push("second");
      throw new Error("at once");
    },
    ignoreDuplicate,
  });
  client.subscribe({
    event: "echo",
    handler: () => Promise.reject(new Error("later")),
    ignoreDuplicate,
  });
  client.subscribe({ event: "none", handler: undefined as never });
  client.unsubscribe({ event: "echo", handler: first });
  const noText = () => client.emit({ topic: { name: "echo" } as never, data: 1 });
  assert.throws(noText, { message: "Topic is required to emit" });
  client.emit({ topic: "echo", data: 1, doLog: true });
  await logged("error: Handler error | id: client | event: echo | error: Error: at once");
  await logged("error: Handler error | id: client | event: echo | error: Error: later");
  await logged("warn: No handler provided | id: client | event: none");
  await logged("info: Emitted | id: client | topic: echo | data: 1");
  assert.deepEqual(heard, ["second"]);
});

test("events that the helper itself listens to can be subscribed to, and it goes on listening", async () => {
  const { client, told, seen } = connect();
  const heard: unknown[] = [];
  client.subscribe({ event: "ping", handler: (data) => void heard.push(data) });
  client.subscribe({ event: "authenticated", handler: (data) => void heard.push(data) });
  client.unsubscribe({ event: "disconnect" });
  await told("connected");
  client.authenticate();
  await told("authenticated");
  assert.equal(heard.length, 2);
  client.disconnect();
  assert.deepEqual(seen, ["connected", "authenticated", "disconnected"]);
});

test("a callback that throws, or rejects, is logged and changes nothing", async () => {
  const { client, logged } = connect({
    onConnected: () => {
      throw new Error("at once");
    },
    onAuthenticated: () => Promise.reject(new Error("later")),
  });
  await logged("error: onConnected callback error | id: client | error: Error: at once");
  client.authenticate();
  await logged("error: onAuthenticated callback error | id: client | error: Error: later");
  assert.equal(client.getState(), "authenticated");
});

test("after shutdown it does not try to connect any more", async () => {
  const { client } = connect({ host: "http://127.0.0.1:9" });
  const socket = client.getSocketClient();
  assert.equal(socket.active, true);
  client.shutdown();
  assert.equal(socket.active, false);
});

test("after shutdown nothing is subscribed any more; it can connect and be subscribed to anew", async () => {
  const { client, told, lines } = connect();
  await told("connected");
  client.subscribe({ event: "echo", handler: () => assert.fail("of before the shutdown") });
  client.shutdown();
  client.unsubscribe({ event: "echo" });
  assert.ok(lines.at(-1)?.includes("No listeners to remove"), lines.at(-1));
  const heard: unknown[] = [];
  client.subscribe({ event: "echo", handler: (data) => void heard.push(data) });
  assert.ok(lines.at(-1)?.includes("Subscribed"), lines.at(-1));
  client.connect();
  client.connect();
  await told("connected", 2);
  client.authenticate();
  await told("authenticated");
  client.emit({ topic: "echo", data: 1 });
  await poll(
    "the echo",
    async () => heard.length > 0 || undefined,
    () => lines.join("\n"),
  );
  assert.deepEqual(heard, [1]);
});
