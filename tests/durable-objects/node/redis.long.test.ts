// Servers on Node that are one by `@socket.io/redis-adapter` and a real Redis: Debian's package.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { createAdapter } from "@socket.io/redis-adapter";
import { Redis } from "ioredis";
import type { Socket as ClientSocket } from "socket.io-client";
import { type AdapterConstructor, Server } from "../../../durable-objects/node/index.ts";
import { instrument } from "../../../layers/admin/index.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const SERVERS = 3;

let redis: ChildProcess;
const clients: Redis[] = [];
const servers: Server[] = [];
const sockets: ClientSocket[] = [];

before(async () => {
  const port = await freePort();
  const arguments_ = [
    "--port",
    String(port),
    "--save",
    "",
    "--appendonly",
    "no",
    "--bind",
    "127.0.0.1",
  ];
  redis = spawn("redis-server", arguments_, { stdio: "ignore" });
  await once(redis, "spawn");
  for (let number = 0; number < SERVERS; number++) {
    const [publisher, subscriber] = [new Redis({ port }), new Redis({ port })];
    clients.push(publisher, subscriber);
    const adapter = createAdapter(publisher, subscriber, { requestsTimeout: 2000 });
    const io = new Server(0, { adapter: adapter as unknown as AdapterConstructor });
    io.on("connection", (socket) => {
      socket.on("join", async (room, done) => {
        await socket.join(room);
        done();
      });
    });
    io.on("who?", (answer) => answer(number));
    instrument(io, { auth: false, mode: "development", serverId: `server ${number}` });
    servers.push(io);
  }
  await Promise.all(clients.map((client) => client.ping()));
});

after(async () => {
  for (const socket of sockets) socket.close();
  await Promise.all(servers.map((io) => io.close()));
  for (const client of clients) client.disconnect();
  redis.kill();
});

function open(number: number, namespace = ""): ClientSocket {
  const { port } = Object((servers[number] as Server).httpServer?.address()) as AddressInfo;
  const socket = connect(`http://127.0.0.1:${port}${namespace}`);
  sockets.push(socket);
  return socket;
}

async function join(number: number, ...rooms: string[]): Promise<ClientSocket> {
  const socket = open(number);
  await next(socket, "connect");
  for (const room of rooms) await ask(socket, "join", room);
  return socket;
}

test("broadcasts, questions, moves and ends go to the clients of all servers", async () => {
  const [a, b, c] = [await join(0, "x"), await join(1, "x"), await join(2)];
  const [io] = servers as [Server];
  const everybody = Promise.all([a, b, c].map((socket) => next(socket, "all")));
  io.emit("all", 1, Buffer.from([1, 2]));
  for (const got of await everybody) assert.deepEqual(got, [1, Buffer.from([1, 2])]);
  const inRoom = next(b, "room");
  io.to("x").emit("room", "hello");
  assert.deepEqual(await inRoom, ["hello"]);
  for (const [name, socket] of Object.entries({ a, b, c })) {
    socket.on("ready?", (answer) => answer(name));
  }
  assert.deepEqual((await io.timeout(2000).emitWithAck("ready?")).sort(), ["a", "b", "c"]);
  const fetched = await io.fetchSockets();
  assert.deepEqual(new Set(fetched.map(({ id }) => id)), new Set([a.id, b.id, c.id]));
  assert.deepEqual((await io.serverSideEmitWithAck("who?")).sort(), [1, 2]);
  io.in(c.id as string).socketsJoin("y");
  const moved = next(c, "moved");
  const again = setInterval(() => io.to("y").emit("moved"), 20);
  await moved;
  clearInterval(again);
  const gone = next(b, "disconnect");
  io.in("x")
    .except(a.id as string)
    .disconnectSockets();
  assert.equal((await gone)[0], "io server disconnect");
  assert.equal(a.connected, true);
});

test("an admin of one server sees all of them, and they are told when nobody looks", async () => {
  const far = await join(2, "far");
  const admin = open(0, "/admin");
  const numbers = new Set<string>();
  admin.on("server_stats", ({ serverId }) => numbers.add(serverId));
  const [all] = (await next(admin, "all_sockets")) as [{ id: string; rooms: string[] }[]];
  assert.deepEqual(all.find(({ id }) => id === far.id)?.rooms, [far.id, "far"]);
  const joined = next(admin, "room_joined");
  admin.emit("join", "/", "by the admin", far.id);
  assert.deepEqual((await joined).slice(0, 3), ["/", "by the admin", far.id]);
  const looking = () =>
    servers.filter((io) => io.awakeReasons.some(({ what }) => what === "an admin looks on")).length;
  await until(() => numbers.size === SERVERS);
  assert.equal(looking(), SERVERS);
  admin.disconnect();
  await until(() => looking() === 0);
});

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 300);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
