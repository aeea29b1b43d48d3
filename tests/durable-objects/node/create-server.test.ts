// createServer on Node: the class that a Worker's server is, on a port; setup runs again after each sleep.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  createServer,
  routeSocketIO,
  Server,
  type ServerClass,
} from "../../../durable-objects/node/index.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

/** A server on a port of its own, and a client's way to it. */
async function serve(t: TestContext, Class: ServerClass, env?: unknown) {
  const http = createHttpServer();
  const chat = new Class(http, env);
  await once(http.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  t.after(() => chat.io.close());
  const client = (options: object = {}) => {
    const socket = connect(url, "", { reconnectionDelay: 10, ...options });
    t.after(() => void socket.close());
    return socket;
  };
  return { chat, client };
}

test("a class that is extended, with setup's io, env and name", async (t) => {
  class Chat extends createServer((io, { env, name }) => {
    io.on("connection", (socket) => {
      socket.on("where", (answer) => answer(env.PLACE, name ?? null));
    });
  }) {
    count(): number {
      return this.io.engine.clientsCount;
    }
  }
  const { chat, client } = await serve(t, Chat, { PLACE: "here" });
  assert.deepEqual(await ask(client(), "where"), ["here", null]);
  assert.equal((chat as Chat).count(), 1);
});

test("hibernate() runs setup again: variables start anew, clients and their data stay", async (t) => {
  let setups = 0;
  const Chat = createServer((io) => {
    setups += 1;
    let count = 0;
    io.on("connection", (socket) => {
      socket.on("count", (answer) => {
        socket.data.count = (socket.data.count ?? 0) + 1;
        answer(++count, socket.data.count, socket.restored);
      });
      socket.on("sleep", () => void io.hibernate());
    });
  });
  const { chat, client } = await serve(t, Chat);
  const socket = client();
  assert.deepEqual(await ask(socket, "count"), [1, 1, false]);
  assert.deepEqual(await ask(socket, "count"), [2, 2, false]);
  const { id } = socket;
  const before = chat.io;
  const [old] = [...before.sockets.sockets.values()];
  await before.hibernate();
  assert.notEqual(chat.io, before);
  assert.equal(setups, 2);
  assert.equal(old?.connected, false);
  assert.deepEqual(await ask(socket, "count"), [1, 3, true]);
  socket.emit("sleep");
  assert.deepEqual(await ask(socket, "count"), [1, 4, true]);
  assert.deepEqual([setups, socket.id], [3, id]);
});

test("io.data and io.schedule outlive hibernate(), in classes and in servers, whatever waits to be written", async (t) => {
  const log: unknown[] = [];
  const setup = (io: Server): void => {
    io.data.players ??= new Map();
    const { players } = io.data;
    io.schedule.on("log", (what) => void log.push(what));
    io.on("connection", (socket) => {
      socket.on("add", (name, answer) => {
        players.set(name, players.size);
        answer();
      });
      socket.on("players", (answer) => answer([...players], players === io.data.players));
    });
  };
  const { chat, client } = await serve(t, createServer(setup));
  const socket = client();
  await ask(socket, "add", "alice");
  chat.io.schedule.after(100, "log", { args: ["from before"] });
  const before = chat.io.data.players;
  await chat.io.hibernate();
  assert.notEqual(chat.io.data.players, before);
  before.set("by a stale object", 0);
  await ask(socket, "add", "bob");
  await chat.io.hibernate();
  const expected = [
    ["alice", 0],
    ["bob", 1],
  ];
  assert.deepEqual(await ask(socket, "players"), [expected, true]);
  await pause(400);
  assert.deepEqual(log, ["from before"]);

  // A server that somebody constructed goes on to exist, and so do the variables beside it.
  const io = new Server();
  setup(io);
  t.after(() => io.close());
  io.data.players.set("carol", 0);
  io.hibernate();
  assert.deepEqual([...io.data.players], [["carol", 0]]);
});

test("an asynchronous setup: clients wait, after a sleep, too, and events keep their order", async (t) => {
  const Chat = createServer(async (io) => {
    await pause(50);
    io.on("connection", (socket) => {
      socket.on("say", (text) => socket.emit("said", text));
      socket.on("echo", (answer) => answer());
    });
  });
  const { chat, client } = await serve(t, Chat);
  const socket = client();
  await ask(socket, "echo");
  const heard: unknown[] = [];
  socket.on("said", (text) => heard.push(text));
  const awake = chat.hibernate();
  for (let i = 0; i < 3; i++) socket.emit("say", i);
  await ask(socket, "echo");
  assert.deepEqual(heard, [0, 1, 2]);
  await awake;
});

for (const [what, wait] of [
  ["at once", undefined],
  ["after a while", 10],
] as const) {
  test(`a setup that fails ${what} is told of, and tried again with the next client`, async (t) => {
    const errors = t.mock.method(console, "error", () => {});
    let setups = 0;
    const Chat = createServer((io) => {
      setups += 1;
      const isBad = setups % 2 === 1;
      io.on("connection", (socket) => {
        socket.emit("welcome", setups);
        socket.on("echo", (answer) => answer());
      });
      if (isBad && wait === undefined) throw new Error(`no start ${setups}`);
      return isBad
        ? pause(wait).then(() => Promise.reject(new Error(`no start ${setups}`)))
        : undefined;
    });
    const { chat, client } = await serve(t, Chat);
    const socket = client();
    assert.deepEqual(await next(socket, "welcome"), [2]);
    // With clients, who are disconnected and come back.
    const welcome = next(socket, "welcome");
    await chat.hibernate();
    assert.deepEqual(await welcome, [4]);
    const told = errors.mock.calls.map(({ arguments: [text, error] }) => `${text} ${error}`);
    assert.deepEqual(told, [
      "dormouse: setup failed; the next client starts the server anew: Error: no start 1",
      "dormouse: setup failed; the next client starts the server anew: Error: no start 3",
    ]);
  });
}

test("what only Workers have says so", async () => {
  const seen: unknown[] = [];
  const Chat = createServer((_io, { ctx, name }) => {
    seen.push(name);
    if (name === undefined) assert.throws(() => ctx.storage, /there is no ctx\.storage on Node/);
  });
  await assert.rejects(new Chat().fetch(new Request("http://x/socket.io/")), /its HTTP server/);
  const state = { id: { name: "room" }, storage: {} };
  new Chat(state, {});
  assert.deepEqual(seen, [undefined, "room"]);
});

test("routeSocketIO leads requests to whatever stands for a binding", async () => {
  const names: string[] = [];
  const namespace = {
    idFromName: (name: string) => name,
    get: (id: string) => ({
      fetch: async () => {
        names.push(id);
        return new Response("routed");
      },
    }),
  };
  const request = new Request("http://x/socket.io/?EIO=4");
  const answer = await routeSocketIO(request, namespace, { name: () => "room" });
  assert.equal(await answer?.text(), "routed");
  assert.deepEqual(names, ["room"]);
  assert.equal(await routeSocketIO(new Request("http://x/other"), namespace), null);
});

test("routeSocketIO tells apart names, and bindings with objects of one name", async () => {
  const reached: string[] = [];
  const bind = (binding: string) => ({
    idFromName: (name: string) => `${binding}/${name}`,
    get: (id: string) => ({
      fetch: async () => {
        reached.push(id);
        return new Response();
      },
    }),
  });
  const [chat, game] = [bind("chat"), bind("game")];
  const request = new Request("http://x/socket.io/?EIO=4");
  for (const [namespace, name] of [
    [chat, "a"],
    [chat, "a"],
    [game, "a"],
    [game, "b"],
    [chat, "b"],
    [chat, "a"],
  ] as const) {
    await routeSocketIO(request, namespace, { name });
  }
  assert.deepEqual(reached, ["chat/a", "chat/a", "game/a", "game/b", "chat/b", "chat/a"]);
});
