// An admin of a server in which more happens than he is told.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Socket } from "socket.io-client";
import type { Server } from "../../../durable-objects/node/index.ts";
import { instrument } from "../../../layers/admin/index.ts";
import { client, start } from "../../durable-objects/node/running.ts";

interface Watched {
  io: Server;
  url: string;
  admin: Socket;
  /** What the admin was told of events that were sent. */
  told: unknown[][];
  /** Resolves when all that has happened by now is told that ever will be. */
  settled(): Promise<void>;
}

/** A server with a client, and an admin. */
async function startWatched(context: TestContext): Promise<Watched> {
  const { io, url } = await start(context);
  instrument(io, { auth: false, mode: "development" });
  await once(client(context, url) as never, "connect");
  const admin = client(context, `${url}/admin`);
  const told: unknown[][] = [];
  admin.on("event_sent", (_namespace, _id, args) => told.push(args));
  await once(admin as never, "all_sockets");
  const settled = async () => {
    // The first may have been on its way.
    for (const _ of [1, 2]) await once(admin as never, "server_stats");
  };
  return { io, url, admin, told, settled };
}

test("what is not told is not described either", async (context) => {
  const { io, told, settled } = await startWatched(context);
  let described = 0;
  const value = { toJSON: () => ++described };
  for (let count = 0; count < 5_000; count += 1) io.emit("news", value);
  // Each is encoded for the client, and once more for who listens to what is sent.
  assert.ok(described <= 10_000 + 5 * 100, `${described}`);
  await settled();
  assert.ok(told.length > 0 && told.length <= 100, `${told.length}`);
});

test("large events are told up to a limit of their own", async (context) => {
  const { io, told, settled } = await startWatched(context);
  const texts = Array(10).fill("x".repeat(15_000));
  for (let count = 0; count < 100; count += 1) io.emit("news", ...texts);
  await settled();
  assert.ok(told.length > 0 && told.length <= 14, `${told.length}`);
});

test("who comes and who goes is told whatever else there is to tell", async (context) => {
  const { io, url, admin } = await startWatched(context);
  for (let count = 0; count < 500; count += 1) io.emit("news", count);
  const came = once(admin as never, "socket_connected");
  const newcomer = client(context, url);
  const [[{ id }]] = await Promise.all([came, once(newcomer as never, "connect")]);
  assert.equal(id, newcomer.id);
  for (let count = 0; count < 500; count += 1) io.emit("news", count);
  const gone = once(admin as never, "socket_disconnected");
  newcomer.disconnect();
  assert.equal((await gone)[1], id);
});

test("after more changes than are told, the page gets all sockets anew", async (context) => {
  const { url, admin } = await startWatched(context);
  let changes = 0;
  for (const event of ["socket_connected", "room_joined"]) admin.on(event, () => void changes++);
  const again = once(admin as never, "all_sockets");
  const many = Array.from({ length: 300 }, () => client(context, url));
  await Promise.all(many.map((each) => once(each as never, "connect")));
  let [all] = await again;
  // They may have come in more than two seconds.
  while (all.length < 302) [all] = await once(admin as never, "all_sockets");
  const ids = new Set((all as { id: string }[]).map(({ id }) => id));
  assert.ok(many.every(({ id }) => ids.has(id as string)));
  assert.ok(changes < 600, `${changes}`);
});

test("of very many sockets, and namespaces that clients have made, as many are told as fit", async (context) => {
  const { io, url } = await start(context);
  instrument(io, { auth: false, mode: "development" });
  for (let n = 0; n < 1_100; n++) io.of(`/made-${n}`);
  // As an application has it that lets its clients fill it.
  io.of("/made-1099").on("connection", (socket) => {
    socket.data.text = "x".repeat(10_000);
  });
  const clients = Array.from({ length: 230 }, () => client(context, `${url}/made-1099`));
  await Promise.all(clients.map((each) => once(each as never, "connect")));
  const admin = client(context, `${url}/admin`);
  const [[all], [numbers]] = await Promise.all([
    once(admin as never, "all_sockets"),
    once(admin as never, "server_stats"),
  ]);
  assert.ok(all.length > 150 && all.length < 200, `${all.length}`);
  assert.ok(JSON.stringify(all).length <= 2_000_100, `${JSON.stringify(all).length}`);
  const { namespaces, clientsCount } = numbers as Record<string, { socketsCount: number }[]>;
  assert.deepEqual([namespaces?.length, namespaces?.[0]?.socketsCount], [1_000, 230]);
  assert.equal(Number(clientsCount), 231);
});
