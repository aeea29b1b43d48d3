// Connection state recovery in PartyKit rooms: what a storage that fails late has not kept, and who expires.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { partyKitSource } from "../../support/partykit-facade.ts";
import { connect, next } from "../../support/stock-client.ts";

/** Longer than a write is put off. */
const WRITTEN = 600;
const HOUR = 3_600_000;

/** A room whose storage fails for the keys that it is told to fail for, as the platform's own does: later. */
const SOURCE = `
  import { createServer } from "dormouse-io/partykit";
  const options = {
    connectionStateRecovery: {},
    room: () => "lobby",
    pingInterval: ${HOUR},
    pingTimeout: ${HOUR},
  };
  let failing = "";
  /** Of each row of packets that was put, whether what is sent waits for it. */
  const held = [];
  class Worker extends createServer(options, (io) => {}) {
    constructor(room) {
      const put = room.storage.put.bind(room.storage);
      room.storage.put = async (key, ...rest) => {
        if (failing && key.startsWith("dormouse:recovery:" + failing)) {
          throw new Error("the disk is full");
        }
        if (key.startsWith("dormouse:recovery:p")) held.push(!rest[1].allowUnconfirmed);
        return put(key, ...rest);
      };
      super(room);
    }
    async onRequest(request) {
      const url = new URL(request.url);
      const what = url.searchParams.get("emit");
      if (what !== null) this.io.emit("number", Number(what));
      failing = url.searchParams.get("failing") ?? failing;
      if (url.searchParams.has("held")) return Response.json(held.splice(0));
      return new Response("done");
    }
  }`;

/** A room that tells whose sessions have expired. */
const BRIEF = `
  const brief = {
    connectionStateRecovery: { maxDisconnectionDuration: 500 },
    room: () => "brief",
    pingInterval: 500,
    pingTimeout: 500,
  };
  const setup = (io) => {
    io.of("/").adapter.on("expire-session", (id, rooms, data) => {
      io.data.told = [...(io.data.told ?? []), [id, [...rooms], data]];
    });
    io.on("connection", (socket) => {
      socket.data.name = "Ada";
    });
  };
  class Brief extends createServer(brief, setup) {
    async onRequest() {
      return Response.json(this.io.data.told ?? []);
    }
  }`;

let worker: RunningWorker;
const clients: Socket[] = [];

before(async () => {
  const foot = `
    export default {
      async fetch(request, env, ctx) {
        const url = new URL(request.url);
        const all = createMultiParties(env, { host: url.host });
        if (url.pathname === "/told") return all.brief.get("brief").fetch("/");
        const isBrief = url.searchParams.has("brief");
        const [room, party] = isBrief ? [Brief, all.brief] : [Worker, all.main];
        const ours = await room.onFetch(request, { parties: { main: party }, env }, ctx);
        return ours ?? party.get("lobby").fetch("/parties/main/lobby" + url.search);
      },
    };`;
  const parties = `
    export const Main = createDurable(Worker, { name: "main" });
    export const BriefMain = createDurable(Brief, { name: "brief" });`;
  worker = await startWorker({
    entry: { source: partyKitSource({ head: SOURCE + BRIEF, parties, foot }) },
    classes: { main: "Main", brief: "BriefMain" },
    compatibilityFlags: ["nodejs_compat"],
    useSQLite: false,
  });
});
after(async () => {
  for (const client of clients) client.close();
  await worker.stop();
});

interface Person {
  socket: Socket;
  numbers: number[];
}

async function visit(earlier?: Person): Promise<Person> {
  const socket = connect(worker.url, "", { reconnection: false });
  clients.push(socket);
  const { _pid, _lastOffset } = (earlier?.socket ?? {}) as { _pid?: string; _lastOffset?: string };
  if (_pid !== undefined) Object.assign(socket, { _pid, _lastOffset });
  const numbers: number[] = [];
  socket.on("number", (number) => numbers.push(number));
  await next(socket, "connect");
  return { socket, numbers };
}

async function tell(what: string): Promise<void> {
  const response = await fetch(`${worker.url}/tell?${what}`);
  assert.equal(await response.text(), "done");
}

async function emit(number: number, ...receivers: Person[]): Promise<void> {
  await tell(`emit=${number}`);
  for (const { numbers } of receivers) {
    for (const end = Date.now() + 60_000; numbers.at(-1) !== number; ) {
      assert.ok(Date.now() < end, `${number} did not come: ${numbers} ${worker.output}`);
      await delay(10);
    }
  }
}

test("a single row that is not kept: who misses it begins anew, others go on, one line in the log", async () => {
  const [alice, bob] = [await visit(), await visit()];
  await emit(1, alice, bob);
  await delay(WRITTEN);
  alice.socket.io.engine.close();
  await tell("failing=p");
  await emit(2, bob);
  await tell("failing=");
  await delay(WRITTEN);
  bob.socket.io.engine.close();
  await emit(3);
  await delay(WRITTEN);
  await worker.evict("lobby", "close", "main");
  const backs = [await visit(alice), await visit(bob)];
  assert.deepEqual(
    backs.map(({ socket, numbers }) => [socket.recovered, numbers]),
    [
      [false, []],
      [true, [3]],
    ],
  );
  assert.equal(worker.output.match(/connection state recovery/g)?.length, 1);
  assert.equal(worker.output.match(/the disk is full/g)?.length, 1);
});

test("a session that is not kept is not recovered as it was before", async () => {
  const alice = await visit();
  await emit(4, alice);
  await delay(WRITTEN);
  await tell("failing=s");
  alice.socket.io.engine.close();
  await delay(WRITTEN);
  await tell("failing=");
  await worker.evict("lobby", "close", "main");
  const back = await visit(alice);
  assert.deepEqual([back.socket.recovered, back.numbers], [false, []]);
});

test("a session that expires is told of once, also if the room is out of memory", async () => {
  const socket = connect(worker.url, "", { reconnection: false, query: { brief: "" } });
  clients.push(socket);
  await next(socket, "connect");
  const { id } = socket;
  await delay(WRITTEN);
  socket.io.engine.close();
  await delay(WRITTEN);
  await worker.evict("brief", "close", "brief").catch(() => {});
  const told = async () => (await fetch(`${worker.url}/told`)).json() as Promise<unknown[]>;
  while ((await told()).length === 0) await delay(100);
  await delay(1_000);
  assert.deepEqual(await told(), [[id, [id], { name: "Ada" }]]);
});

test("only the first packet after a start waits until it is written", async () => {
  const heldOf = async () => (await fetch(`${worker.url}/tell?held`)).json();
  const alice = await visit();
  await emit(5, alice);
  await delay(WRITTEN);
  await worker.evict("lobby", "hibernate", "main");
  await heldOf();
  await emit(6, alice);
  await delay(WRITTEN);
  assert.deepEqual(await heldOf(), [true]);
  await emit(7, alice);
  await delay(WRITTEN);
  assert.deepEqual(await heldOf(), [false]);
});
