// `replay: "eager"`: the connection listeners of all sockets run again before the event that woke the object.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../../../glue/socket.io/server/server.ts";
import { type InMemoryClient, InMemoryServer } from "../../../support/in-memory.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

interface Woken {
  server: InMemoryServer;
  clients: InMemoryClient[];
  /** What the listeners fill. */
  registry: Set<string>;
  /** How many listeners ran at a time, at most. */
  most: number;
}

async function wake(
  replay: "lazy" | "eager",
  count: number,
  isAsynchronous: boolean,
): Promise<Woken> {
  let registry = new Set<string>();
  let running = 0;
  let most = 0;
  const setup = (io: Server): void => {
    registry = new Set();
    io.on("connection", (socket) => {
      socket.on("who", (ack) => ack(registry.size));
      registry.add(socket.id);
      if (!isAsynchronous || !socket.restored) return;
      most = Math.max(most, ++running);
      return settle().then(() => {
        running -= 1;
      }) as unknown as undefined;
    });
  };
  const before = new InMemoryServer(setup, { replay });
  const clients = Array.from({ length: count }, () => before.connect());
  await settle();
  const server = new InMemoryServer(setup, { replay }, clients);
  for (const client of clients) client.take();
  if (isAsynchronous) for (let i = 0; i < 10; i++) await settle();
  return { server, clients, registry, most };
}

for (const isAsynchronous of [false, true]) {
  const kind = isAsynchronous ? "asynchronous" : "synchronous";
  test(`${kind} listeners: all have run before the first event`, async () => {
    const { server, clients, registry, most } = await wake("eager", 300, isAsynchronous);
    assert.equal(registry.size, 300);
    clients[0]?.emit('420["who"]');
    assert.deepEqual(clients[0]?.take(), ["430[300]"]);
    assert.ok(clients.slice(1).every((client) => client.take().length === 0));
    assert.ok(most <= 128, `${most} at a time`);
    assert.deepEqual(server.errors, []);
  });
}

test("by default only the socket that is needed", async () => {
  const { clients, registry } = await wake("lazy", 3, false);
  assert.equal(registry.size, 0);
  clients[0]?.emit('420["who"]');
  assert.deepEqual(clients[0]?.take(), ["430[1]"]);
});

test("one that fails is closed, and the others are there", async () => {
  const setup = (io: Server): void => {
    io.on("connection", (socket) => {
      if (socket.restored && socket.handshake.auth.fails) throw new Error("not this time");
      socket.on("who", (ack) => ack("here"));
    });
  };
  const before = new InMemoryServer(setup, { replay: "eager" });
  const clients = [before.connect("/", { fails: true }), before.connect()] as const;
  await settle();
  const woken = new InMemoryServer(setup, { replay: "eager" }, clients);
  await settle();
  assert.deepEqual([clients[0].closed?.code, clients[1].closed], [1012, undefined]);
  assert.equal(woken.errors.length, 1);
});
