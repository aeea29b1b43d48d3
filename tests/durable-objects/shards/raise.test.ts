/**
 * The number of shards is raised from 2 to 5 while clients come, go, join, leave and are sent to, and shards fall
 * asleep. A model knows who was in a room all the while a message was under way: they get it, once; nobody
 * gets anything twice. `DORMOUSE_LONG=1` makes it longer.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Socket as ClientSocket } from "socket.io-client";
import type { RunningWorker } from "../../support/miniflare.ts";
import { ask } from "../../support/stock-client.ts";
import { makeServer, type SpreadServer, startShards, until } from "./support.ts";

const ROUNDS = process.env.DORMOUSE_LONG === "1" ? 400 : 60;
/** By round: how many shards there are from then on. */
const RAISED = new Map([
  [Math.floor(ROUNDS / 3), 3],
  [Math.floor(ROUNDS / 2), 5],
]);
const ROOMS = ["a", "b", "c", "d", "e"];
const SEED = 7;

let worker: RunningWorker;
let server: SpreadServer;

before(async () => {
  worker = await startShards();
  server = makeServer(worker, 2);
  await server.raise(2);
});

after(async () => {
  server.close();
  await worker.stop();
});

interface Member {
  client: ClientSocket;
  rooms: Set<string>;
  got: number[];
}

test("nobody is disconnected, nothing is lost, nothing comes twice", async () => {
  const random = mulberry(SEED);
  const pick = <Item>(list: readonly Item[]): Item =>
    list[Math.floor(random() * list.length)] as Item;
  const members: Member[] = [];
  let shards = 2;
  const add = async (): Promise<void> => {
    const client = await server.join(Math.floor(random() * shards));
    const member: Member = { client, rooms: new Set(), got: [] };
    client.on("message", (number: number) => member.got.push(number));
    client.on("disconnect", (reason) => assert.notEqual(reason, "transport close"));
    members.push(member);
  };
  for (let count = 0; count < 4; count++) await add();
  const expected = new Map<Member, number[]>();
  let number = 0;
  for (let round = 0; round < ROUNDS; round++) {
    shards = RAISED.get(round) ?? shards;
    if (RAISED.has(round)) await server.raise(shards);
    const what = random();
    if (what < 0.15 && members.length < 20) await add();
    else if (what < 0.4) await change(pick(members), pick(ROOMS));
    else if (what < 0.5) await server.sleep();
    else {
      number += 1;
      const room = random() < 0.2 ? undefined : pick(ROOMS);
      const meant = members.filter(({ rooms }) => room === undefined || rooms.has(room));
      for (const member of meant) expected.set(member, [...(expected.get(member) ?? []), number]);
      const operator: [string, unknown[]][] = room === undefined ? [] : [["to", [room]]];
      await server.act(pick(members).client, [...operator, ["emit", ["message", number]]]);
      await until(() => meant.every(({ got }) => got.at(-1) === number || got.includes(number)));
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (const member of members) assert.deepEqual(member.got, expected.get(member) ?? []);
  assert.ok(members.every(({ client }) => client.connected));
});

async function change({ client, rooms }: Member, room: string): Promise<void> {
  if (rooms.delete(room)) {
    await ask(client, "leave", room);
  } else {
    await ask(client, "join", [room]);
    rooms.add(room);
  }
}

/** Numbers from 0 to 1 that are the same in each run. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
