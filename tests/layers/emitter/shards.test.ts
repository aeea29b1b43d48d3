// A server over several objects: an emitter calls one of them and reaches all; so does `send` of dormouse-io/auth.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const NAMES = ["default", "default/shard-1", "default/shard-2"];

let worker: RunningWorker;
/** One on each shard. */
const clients: ClientSocket[] = [];

before(async () => {
  worker = await startWorker({
    entry: new URL("shards.worker.ts", import.meta.url),
    classes: { CHAT: "Chat" },
    compatibilityFlags: ["nodejs_als"],
  });
  for (const shard of NAMES.keys()) {
    const client = connect(worker.url, "", { query: { shard } });
    clients.push(client);
    await next(client, "connect");
    const authenticated = next(client, "authenticated");
    client.emit("authenticate");
    await authenticated;
    assert.deepEqual(await ask(client, "which"), [NAMES[shard]]);
    client.on("ready?", (answer) => answer(NAMES[shard]));
  }
  // The last two are in a room, of which the first, where calls arrive, has no member.
  for (const client of clients.slice(1)) {
    client.emit("join", { rooms: ["music"] });
    await ask(client, "which");
  }
});

after(async () => {
  for (const client of clients) client.close();
  await worker.stop();
});

/** Those that nobody woke since they fell asleep are asleep. */
async function sleep(): Promise<void> {
  for (const name of NAMES) {
    await worker.evict(name).catch((error) => assert.match(String(error), /not currently running/));
  }
}

test("an emitter reaches who is meant on all shards, and gets answers of all", async () => {
  // A join is announced behind the answer to what came after it.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await sleep();
  const heard = clients.map((client) => {
    const events: unknown[] = [];
    client.on("news", (n) => events.push(n));
    return events;
  });
  const ends = clients.slice(1).map((client) => next(client, "end"));
  const all = next(clients[0] as ClientSocket, "news");
  const told = (await (await fetch(`${worker.url}/emit`)).json()) as Record<string, unknown>;
  await Promise.all([...ends, all]);
  assert.deepEqual(told, {
    answers: NAMES.slice(1),
    sockets: clients
      .slice(1)
      .map(({ id }) => id)
      .sort(),
    servers: NAMES,
    flushed: "yes",
  });
  assert.deepEqual([...(heard[0] ?? [])], [2]);
  for (const events of heard.slice(1)) assert.deepEqual([...events].sort(), [1, 2]);
});

test("send of dormouse-io/auth reaches a room, and a client by its id, on other shards", async () => {
  const [first, second, third] = clients as [ClientSocket, ClientSocket, ClientSocket];
  await sleep();
  const inRoom = [next(second, "said"), next(third, "said")];
  first.emit("send", "music", "to the room");
  assert.deepEqual(await Promise.all(inRoom), [["to the room"], ["to the room"]]);
  await sleep();
  const byId = next(third, "said");
  first.emit("send", third.id, "to you");
  assert.deepEqual(await byId, ["to you"]);
  await sleep();
  const everywhere = clients.map((client) => next(client, "said"));
  second.emit("send", "", "to all");
  assert.deepEqual(await Promise.all(everywhere), Array(3).fill(["to all"]));
});
