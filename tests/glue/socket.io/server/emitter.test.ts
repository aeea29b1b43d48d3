// `io`, namespaces and sockets are event emitters as Node has them.
import assert from "node:assert/strict";
import { EventEmitter as NodeEmitter, once } from "node:events";
import { test } from "node:test";
import type { Socket } from "../../../../glue/socket.io/index.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

function start() {
  const sockets: Socket[] = [];
  const server = new InMemoryServer((io) => io.on("connection", (socket) => sockets.push(socket)));
  const client = server.connect();
  const [socket] = sockets;
  assert.ok(socket);
  return { server, client, socket };
}

test("the methods of Node's emitter on a socket", () => {
  const { client, socket } = start();
  const seen: unknown[] = [];
  const second = (value: unknown) => seen.push(["second", value]);
  socket.on("event", second);
  socket.prependListener("event", (value) => seen.push(["first", value]));
  socket.once("event", (value) => seen.push(["once", value]));
  socket.prependOnceListener("event", () => seen.push(["before all"]));
  assert.equal(socket.listenerCount("event"), 4);
  assert.equal(socket.listeners("event")[2], second);
  assert.deepEqual(socket.eventNames(), ["event"]);
  client.emit('42["event",1]', '42["event",2]');
  assert.deepEqual(seen, [
    ["before all"],
    ["first", 1],
    ["second", 1],
    ["once", 1],
    ["first", 2],
    ["second", 2],
  ]);
  socket.off("event", second).removeAllListeners("event");
  assert.equal(socket.listenerCount("event"), 0);
});

test("Node's `emit` on a socket, as code does that stands in the place of `onevent`", () => {
  const { client, socket } = start();
  const seen: unknown[] = [];
  const { emit } = NodeEmitter.prototype;
  socket.onevent = function (packet) {
    const { data, id } = packet;
    if (id != null) data.push(this.ack(id));
    emit.call(this as unknown as NodeEmitter, "*", data[0]);
    emit.apply(this as unknown as NodeEmitter, data as [string]);
  };
  socket.on("*", (event) => seen.push(["*", event]));
  socket.on("event", (value) => seen.push([value]));
  socket.once("event", (value) => seen.push(["once", value]));
  socket.on("add", (one, other, answer) => answer(one + other));
  client.emit('42["event",1]', '42["event",2]', '421["add",1,2]', '42["nobody"]');
  assert.deepEqual(seen, [
    ["*", "event"],
    [1],
    ["once", 1],
    ["*", "event"],
    [2],
    ["*", "add"],
    ["*", "nobody"],
  ]);
  assert.ok(client.frames.includes("431[3]"), JSON.stringify(client.frames));
});

test("listeners that come and go during an emit", () => {
  const { client, socket } = start();
  const seen: string[] = [];
  const late = () => seen.push("late");
  const gone = () => seen.push("gone");
  socket.on("event", () => {
    seen.push("first");
    socket.on("event", late);
    socket.off("event", gone);
  });
  socket.on("event", gone);
  client.emit('42["event"]');
  assert.deepEqual(seen, ["first", "gone"]);
});

test("newListener and removeListener", () => {
  const { socket } = start();
  const seen: unknown[] = [];
  const listener = () => {};
  socket.on("newListener" as string, (name, added) => seen.push(["new", name, added === listener]));
  socket.on("removeListener" as string, (name) => seen.push(["removed", name]));
  socket.once("event", listener);
  socket.off("event", listener);
  assert.deepEqual(seen, [
    ["new", "removeListener", false],
    ["new", "event", true],
    ["removed", "event"],
  ]);
});

test("the server's listeners are those of its main namespace", () => {
  const { server } = start();
  const { io } = server;
  assert.equal(io.listenerCount("connection"), 1);
  assert.deepEqual(io.listeners("connection"), io.sockets.listeners("connection"));
  io.removeAllListeners("connection");
  assert.deepEqual(io.sockets.eventNames(), []);
});

test("helpers of node:events take a socket", async () => {
  const { client, socket } = start();
  const event = once(socket as unknown as NodeJS.EventEmitter, "event");
  client.emit('42["event",1,2]');
  assert.deepEqual(await event, [1, 2]);
});

test("symbols are event names", () => {
  const { socket } = start();
  const name = Symbol("event");
  socket.on(name as unknown as string, () => {});
  assert.equal(socket.listenerCount(name), 1);
  assert.deepEqual(socket.eventNames(), [name]);
});

test("an event named error, or like a property of every object, is an event", () => {
  const { server, client, socket } = start();
  const seen: unknown[] = [];
  client.emit('42["error","nobody listens"]', '42["__proto__"]', '42["constructor"]');
  socket.on("error", (error) => seen.push(error));
  socket.on("__proto__", () => seen.push("__proto__"));
  client.emit('42["error","x"]', '42["__proto__"]', '42["hasOwnProperty"]');
  assert.deepEqual(seen, ["x", "__proto__"]);
  assert.deepEqual(server.errors, []);
  assert.equal(client.closed, undefined);
});

test("a listener that throws is reported, and the client stays", () => {
  const { server, client, socket } = start();
  const seen: unknown[] = [];
  socket.on("event", () => {
    throw new Error("broken");
  });
  socket.on("other", () => seen.push("other"));
  client.emit('42["event"]', '42["other"]');
  assert.deepEqual(seen, ["other"]);
  assert.equal(server.errors.length, 1);
});

test("an asynchronous listener that rejects is reported", async () => {
  const { server, client, socket } = start();
  socket.on("event", async () => {
    throw new Error("broken");
  });
  server.io.on("connection", async () => {
    throw new Error("broken, too");
  });
  client.emit('42["event"]');
  server.connect();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    server.errors.map(({ error }) => (error as Error).message),
    ["broken", "broken, too"],
  );
});

test("many arguments", () => {
  const { client, socket } = start();
  const seen: unknown[] = [];
  socket.on("event", (...args) => seen.push(args));
  for (const args of ["", ",1", ",1,2", ",1,2,3", ",1,2,3,4,5"]) client.emit(`42["event"${args}]`);
  assert.deepEqual(seen, [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4, 5]]);
});

test("listeners that come and go, one or several of an event, are those that Node's emitter has", () => {
  const { socket } = start();
  const node = new NodeEmitter();
  const calls: string[] = [];
  const listeners: (() => void)[] = ["a", "b", "c"].map((name) => () => void calls.push(name));
  const methods = ["on", "prependListener", "once", "prependOnceListener", "off", "emit"] as const;
  for (let step = 0; step < 500; step += 1) {
    const method = methods[(step * 7 + (step >> 3)) % methods.length] as (typeof methods)[number];
    const listener = listeners[(step * 5 + (step >> 2)) % listeners.length] as () => void;
    const outcomes = [socket as unknown as NodeEmitter, node].map((emitter) => {
      calls.length = 0;
      if (method !== "emit") emitter[method]("x", listener);
      else if (emitter === node) node.emit("x");
      // Its own `emit` sends to the client.
      else socket._emitArray(["x"]);
      const names = emitter.listeners("x").map((one) => listeners.indexOf(one as () => void));
      return [
        [...calls],
        names,
        emitter.rawListeners("x").length,
        emitter.listenerCount("x"),
        emitter.listenerCount("x", listener),
        emitter.eventNames(),
      ];
    });
    assert.deepEqual(outcomes[0], outcomes[1], `step ${step}: ${method}`);
  }
});
