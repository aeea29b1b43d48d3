// A storage that fails later, as in classes without SQLite: who does not fit into an attachment is told of once, and
// ends with the next sleep.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningWorker, startWorker } from "../../../support/miniflare.ts";
import { ask, connect } from "../../../support/stock-client.ts";

/** Those of the library's values that hold snapshots are not written. */
const SOURCE = `
  import { createServer, routeSocketIO } from "dormouse-io";
  function failing(ctx) {
    const put = ctx.storage.put.bind(ctx.storage);
    ctx.storage.put = async (key, ...more) => {
      if (key.startsWith("dormouse:snapshot:")) throw new Error("the storage is on fire");
      return put(key, ...more);
    };
    return ctx;
  }
  const Server = createServer((io) => {
    io.on("connection", (socket) => {
      socket.on("fill", (length, answer) => {
        socket.data.text = "x".repeat(length);
        answer(length);
      });
    });
  });
  export class Chat extends Server {
    constructor(ctx, env) {
      super(failing(ctx), env);
    }
  }
  export default { fetch: (request, env) => routeSocketIO(request, env.CHAT, { name: "a" }) };`;

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: { source: SOURCE },
    classes: { CHAT: "Chat" },
    useSQLite: false,
  });
});

after(() => worker.stop());

test("a snapshot that is not kept after all: one line in the log, and nobody else pays", async (t) => {
  const [large, small] = [connect(worker.url, "", { reconnection: false }), connect(worker.url)];
  t.after(() => small.close());
  for (let length = 100_000; length < 100_004; length++) {
    assert.deepEqual(await ask(large, "fill", length), [length]);
    // It may be written again.
    await delay(150);
  }
  await ask(small, "fill", 10);
  await worker.logged(/dormouse: the snapshot of a connection cannot be kept; it ends with the/);
  assert.equal(worker.output.match(/on fire/g)?.length, 1, worker.output);
  const ended = once(large as never, "disconnect");
  await worker.evict("a");
  assert.deepEqual(await ask(small, "fill", 20), [20]);
  assert.equal((await ended)[0], "transport close");
  assert.equal(small.connected, true);
});
