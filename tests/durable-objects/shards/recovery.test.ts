// Recovery on shards: who comes back to the shard that it was on has missed nothing that others sent meanwhile.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { RunningWorker } from "../../support/miniflare.ts";
import { next } from "../../support/stock-client.ts";
import { makeServer, record, type SpreadServer, startShards } from "./support.ts";

let worker: RunningWorker;
let server: SpreadServer;

before(async () => {
  worker = await startShards();
});

after(() => worker.stop());
afterEach(() => server.close());

const settled = () => new Promise((resolve) => setTimeout(resolve, 200));

test("a lost client's shard hears what it misses, though nobody is there", async () => {
  server = makeServer(worker, 3, "RECOVERING");
  const a = await server.join(0);
  const b = await server.join(1, "x");
  const c = await server.join(2);
  // From the first packet on it knows where it is.
  const first = next(b, "first");
  await server.act(a, [["emit", ["first"]]]);
  await first;
  const { id } = b;
  b.io.reconnectionDelay(1200);
  b.io.reconnectionDelayMax(1200);
  b.io.engine.close();
  await settled();
  await server.sleep();
  const got = record({ b, c });
  await server.act(
    a,
    [
      ["to", ["x"]],
      ["emit", ["to the room"]],
    ],
    [["emit", ["to all"]]],
    [
      ["to", [id]],
      ["emit", ["to one"]],
    ],
  );
  await server.sleep();
  await server.act(a, [
    ["to", ["x"]],
    ["emit", ["again"]],
  ]);
  await server.sleep();
  await next(b, "connect");
  assert.equal(b.recovered, true);
  assert.equal(b.id, id);
  await settled();
  assert.deepEqual(got.b?.map(([name]) => name).sort(), [
    "again",
    "to all",
    "to one",
    "to the room",
  ]);
  assert.deepEqual(
    got.c?.map(([name]) => name),
    ["to all"],
  );
});
