// Connection state recovery in a PartyKit room whose storage fails late: what it did not keep is not recovered.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Socket } from "socket.io-client";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { partyKitSource } from "../../support/partykit-facade.ts";
import { connect, next } from "../../support/stock-client.ts";

/** Longer than a write is put off. */
const WRITTEN = 400;
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
  class Worker extends createServer(options, (io) => {}) {
    constructor(room) {
      const put = room.storage.put.bind(room.storage);
      room.storage.put = async (key, ...rest) => {
        if (failing && key.startsWith("dormouse:recovery:" + failing)) {
          throw new Error("the disk is full");
        }
        return put(key, ...rest);
      };
      super(room);
    }
    async onRequest(request) {
      const url = new URL(request.url);
      const what = url.searchParams.get("emit");
      if (what !== null) this.io.emit("number", Number(what));
      failing = url.searchParams.get("failing") ?? failing;
      return new Response("done");
    }
  }`;

let worker: RunningWorker;
const clients: Socket[] = [];

before(async () => {
  const foot = `
    export default {
      async fetch(request, env, ctx) {
        const url = new URL(request.url);
        const party = createMultiParties(env, { host: url.host }).main;
        const ours = await Worker.onFetch(request, { parties: { main: party }, env }, ctx);
        return ours ?? party.get("lobby").fetch("/parties/main/lobby" + url.search);
      },
    };`;
  const parties = 'export const Main = createDurable(Worker, { name: "main" });';
  worker = await startWorker({
    entry: { source: partyKitSource({ head: SOURCE, parties, foot }) },
    classes: { main: "Main" },
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
    for (let waited = 0; numbers.at(-1) !== number; waited++) {
      assert.ok(waited < 500, `${number} did not come: ${numbers} ${worker.output}`);
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
