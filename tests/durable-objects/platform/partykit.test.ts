/**
 * What the library takes for granted of PartyKit, on a plain party, without anything of ours. If a test fails, PartyKit
 * has changed, and the code in durable-objects/partykit (room.ts, host.ts) has to change with it.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { partyKitSource } from "../../support/partykit-facade.ts";

const PARTY = JSON.stringify(fileURLToPath(new URL("./partykit.worker.ts", import.meta.url)));
const PATIENCE = 60_000;

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: {
      source: partyKitSource({
        head: `import { Plain as Worker, told } from ${PARTY};`,
        parties: `export const Plain = createDurable(Worker, { name: "PLAIN" });`,
        foot: `
          export default {
            async fetch(request, env) {
              const { host, pathname } = new URL(request.url);
              if (pathname === "/told") return Response.json(told.splice(0));
              createMultiParties(env, { host });
              const [, , , name] = pathname.split("/");
              return env.PLAIN.get(env.PLAIN.idFromName(name)).fetch(request);
            },
          };`,
      }),
    },
    classes: { PLAIN: "Plain" },
    useSQLite: false,
  });
});

after(() => worker.stop());

async function open(room: string): Promise<[WebSocket, string]> {
  const url = worker.url.replace("http", "ws");
  const webSocket = new WebSocket(`${url}/parties/main/${room}`);
  return [webSocket, String((await once(webSocket, "message"))[0])];
}

async function ask(path: string): Promise<string> {
  const response = await fetch(`${worker.url}/${path}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

async function talk(webSocket: WebSocket): Promise<string> {
  webSocket.send("x");
  return String((await once(webSocket, "message"))[0]);
}

/** What the rooms have told since it was asked last, the last of it being of this kind. */
async function told(last: string): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const end = Date.now() + PATIENCE; Date.now() < end; await delay(20)) {
    all.push(...JSON.parse(await ask("told")));
    if ((all.at(-1) as unknown[] | undefined)?.[0] === last) return all;
  }
  return assert.fail(`it has told no more than ${JSON.stringify(all)}`);
}

test("a connection: handlers are looked up with each event, what is attached is handed out as it is, a close tells no code", async () => {
  const [webSocket, attached] = await open("connected");
  assert.deepEqual(await told("constructed"), [["constructed", "connected"]]);
  assert.equal(attached, "the same");
  assert.equal(await talk(webSocket), "of the class");
  await ask("parties/main/connected/replace");
  assert.equal(await talk(webSocket), "of the object");
  webSocket.close(4_000, "done");
  // Nothing but the connection, which is not listed any more.
  assert.deepEqual(await told("closed"), [["closed", 1, false]]);
});

test("an alarm: the handler gets nothing, and nobody knows the room's id in it, nor in a room that it wakes", async () => {
  await ask("parties/main/ringing/alarm");
  assert.deepEqual(await told("rang"), [
    ["constructed", "ringing"],
    // JSON has no undefined.
    ["rang", 0, null],
  ]);
  await ask("parties/main/asleep/alarm");
  await worker.evict("asleep");
  assert.deepEqual(await told("rang"), [
    ["constructed", "asleep"],
    ["constructed", null],
    ["rang", 0, null],
  ]);
});
