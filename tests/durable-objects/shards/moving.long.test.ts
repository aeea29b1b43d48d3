/** The long forms of moving sessions: more clients, more moves, shards that end. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { RunningWorker } from "../../support/miniflare.ts";
import { moveWhileShardsEnd, storm } from "./moving.ts";
import { makeServer, type SpreadServer, startShards } from "./support.ts";

const seed = Number(process.env.DORMOUSE_SOAK_SEED ?? Date.now() % 2 ** 31);
let worker: RunningWorker;
let server: SpreadServer;

before(async () => {
  worker = await startShards();
});

after(() => worker.stop());
afterEach(() => server.close());

for (const milliseconds of [0, 30, 120]) {
  test(`a storm of moving clients, calls take up to ${milliseconds} ms`, async (t) => {
    const makeAnother = async (): Promise<SpreadServer> => {
      server = makeServer(worker, 3, "RECOVERING");
      await server.delay(milliseconds);
      return server;
    };
    const moves = await storm(makeAnother, { seed, movers: 12, numbers: 200, pause: 30 });
    t.diagnostic(`${moves} moves, seed ${seed}`);
  });
}

test("shards that end while clients move", async (t) => {
  server = makeServer(worker, 3, "RECOVERING");
  await server.delay(30);
  const recoveries = await moveWhileShardsEnd(server, { seed, rounds: 60 });
  t.diagnostic(`${recoveries} of 60 recovered, seed ${seed}`);
  assert.ok(recoveries > 0);
});
