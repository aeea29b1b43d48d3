// What is left of acknowledgements, and who may answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "../../../../glue/socket.io/index.ts";
import { InMemoryServer } from "../../../support/in-memory.ts";

const after = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

function start(clients: number) {
  const sockets: Socket[] = [];
  const server = new InMemoryServer((io) => io.on("connection", (socket) => sockets.push(socket)));
  return { server, sockets, clients: Array.from({ length: clients }, () => server.connect()) };
}

test("an acknowledgement is called once, and its arguments are what the client sent", () => {
  const { clients, sockets } = start(1);
  const seen: unknown[] = [];
  sockets[0]?.emit("q", (...args: unknown[]) => seen.push(args));
  assert.equal(clients[0]?.frames.at(-1), '420["q"]');
  clients[0]?.emit('430["a",1]', '430["b"]', "431[]", "4399999999999999[]");
  assert.deepEqual(seen, [["a", 1]]);
  assert.equal(sockets[0]?.acks.size, 0);
});

test("an acknowledgement in time is the only one, also when its time is over", async () => {
  const { clients, sockets } = start(1);
  const seen: unknown[] = [];
  sockets[0]?.timeout(20).emit("q", (...args: unknown[]) => seen.push(args));
  clients[0]?.emit('430["in time"]');
  await after(60);
  assert.deepEqual(seen, [[null, "in time"]]);
});

test("a socket's acks show what its own emits and broadcasts wait for", async () => {
  const { server, clients, sockets } = start(2);
  const seen: unknown[] = [];
  sockets[0]?.emit("own", () => {});
  server.io.timeout(20).emit("all", (error: Error, answers: unknown[]) => {
    seen.push([error?.message, answers]);
  });
  assert.deepEqual([...(sockets[0]?.acks.keys() ?? [])], [0, 1]);
  assert.deepEqual([...(sockets[1]?.acks.keys() ?? [])], [1]);
  clients[1]?.emit('431["yes"]', '431["yes again"]');
  assert.equal(sockets[1]?.acks.size, 0);
  await after(40);
  assert.deepEqual(seen, [["operation has timed out", ["yes"]]]);
  assert.deepEqual([...(sockets[0]?.acks.keys() ?? [])], [0]);
  clients[0]?.emit('431["late"]');
  assert.deepEqual(seen.length, 1);
});

test("who comes after the broadcast cannot answer it", async () => {
  const { server, clients } = start(1);
  const answers = server.io.timeout(20).emitWithAck("all");
  clients[0]?.leave();
  server.connect().emit('430["not asked"]');
  await assert.rejects(answers, (error: Error & { responses: unknown }) => {
    assert.deepEqual(error.responses, []);
    return error.message === "operation has timed out";
  });
});

test("who takes out of a socket's acks what a broadcast waits for hears whether it was there", async () => {
  const { server, clients, sockets } = start(2);
  const answers = server.io.timeout(20).emitWithAck("all");
  const [socket, other] = sockets;
  assert.deepEqual(
    [socket?.acks.delete(0), socket?.acks.delete(0), socket?.acks.size],
    [true, false, 0],
  );
  assert.equal(other?.acks.size, 1);
  for (const client of clients) client.emit('430["yes"]');
  await assert.rejects(answers, { responses: ["yes"] });
});

test("a broadcast to nobody is answered by nobody, without waiting", async () => {
  const { server } = start(0);
  assert.deepEqual(await server.io.timeout(100_000).emitWithAck("all"), []);
});

test("what cannot be encoded is thrown to the emitter and leaves nothing behind", () => {
  const { server, sockets } = start(1);
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const refusal = /circular|call stack/;
  assert.throws(() => sockets[0]?.emit("event", cyclic), refusal);
  assert.throws(() => sockets[0]?.emit("event", cyclic, () => {}), refusal);
  assert.throws(() => server.io.emit("event", cyclic), refusal);
  assert.throws(() => server.io.timeout(1000).emit("event", cyclic, () => {}), refusal);
  assert.throws(() => sockets[0]?.emit("event", 1n), TypeError);
  assert.equal(sockets[0]?.acks.size, 0);
  assert.ok(sockets[0]?.emit("event", "fine"));
});

test("a callback that throws is reported", async () => {
  const { server, clients, sockets } = start(1);
  const fail = () => {
    throw new Error("broken");
  };
  sockets[0]?.emit("q", fail);
  clients[0]?.emit("430[]");
  sockets[0]?.timeout(1).emit("q", fail);
  server.io.timeout(1).emit("q", fail);
  await after(20);
  assert.equal(server.errors.length, 3);
  assert.equal(sockets[0]?.acks.size, 0);
});

test("a listener's answer works once, also with binary", () => {
  const { clients, sockets } = start(1);
  sockets[0]?.on("q", (answer) => {
    answer(new Uint8Array([1, 2]));
    answer("again");
  });
  clients[0]?.take();
  clients[0]?.emit('427["q"]');
  const [head, attachment, ...others] = clients[0]?.frames ?? [];
  assert.equal(head, '461-7[{"_placeholder":true,"num":0}]');
  assert.deepEqual([...(attachment as Uint8Array)], [1, 2]);
  assert.deepEqual(others, []);
});

test("deep JSON that a listener echoes costs its sender nothing but the echo", () => {
  const { server, clients, sockets } = start(2);
  sockets[0]?.on("echo", (value) => sockets[0]?.emit("echo", value));
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  clients[0]?.emit(`42["echo",${deep}]`);
  const seen: unknown[] = [];
  sockets[1]?.on("ping", () => seen.push("ping"));
  clients[1]?.emit('42["ping"]');
  assert.deepEqual(seen, ["ping"]);
  assert.equal(server.io.sockets.sockets.get(String(sockets[1]?.id)), sockets[1]);
});
