// Objects that fall asleep by themselves, between all heartbeats: instrumented or not, they wake as often.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { ServerStats } from "../../../glue/socket.io/index.ts";
import { ask } from "../../support/stock-client.ts";
import { AdminServer, type Kind, NAP } from "./worker.ts";

const HEARTBEATS = 5;

let server: AdminServer;

before(async () => {
  server = await AdminServer.start();
});

after(() => server?.stop());

test(`nobody looks: ${HEARTBEATS} naps`, async () => {
  const [plain, instrumented] = await Promise.all([spend("sleepy"), spend("instrumented")]);
  assert.deepEqual(instrumented, plain);
  assert.equal(plain.wakes.heartbeat, HEARTBEATS);
});

/** What a client that says nothing costs until it has heard so many pings. */
async function spend(kind: Kind): Promise<Pick<ServerStats, "wakes" | "alarms" | "naps">> {
  const client = server.client(kind);
  await ask(client, "rooms");
  const heard = Promise.withResolvers<void>();
  let pings = 0;
  client.io.on("ping", () => {
    pings += 1;
    if (pings === HEARTBEATS) heard.resolve();
  });
  await heard.promise;
  // It sleeps again: the question is what wakes it.
  await delay(NAP - 1_000);
  const { wakes, alarms, naps } = await server.ask<ServerStats>(kind, "stats");
  client.disconnect();
  return { wakes, alarms, naps };
}
