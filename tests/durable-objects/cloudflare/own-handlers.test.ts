// Handlers of the application's own get what is its own, and ours come before them, however they are written.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { type RunningWorker, startWorker } from "../../support/miniflare.ts";
import { ask, connect, next } from "../../support/stock-client.ts";

const KINDS = ["Methods", "Fields", "Assigned", "Mixed", "Wrapped", "WrappedFields"];

let worker: RunningWorker;

before(async () => {
  worker = await startWorker({
    entry: new URL("own-handlers.worker.ts", import.meta.url),
    classes: Object.fromEntries(KINDS.map((kind) => [kind, kind])),
  });
});

after(() => worker.stop());

async function openOwn(kind: string): Promise<WebSocket> {
  const own = new WebSocket(`${worker.url.replace("http", "ws")}/${kind}/own`);
  await once(own, "open");
  return own;
}

async function askOwn(own: WebSocket, message: string): Promise<string> {
  own.send(message);
  return String((await once(own, "message"))[0]);
}

for (const kind of KINDS) {
  test(`${kind}: an own WebSocket and alarm beside a client, awake and after a sleep`, async () => {
    const socket = connect(worker.url, `/${kind}`);
    await ask(socket, "keep", 1);
    const staying = await openOwn(kind);
    const visit = async (): Promise<void> => {
      assert.deepEqual(await ask(socket, "kept"), [1]);
      assert.equal(await askOwn(staying, "there"), "own: there");
      const own = await openOwn(kind);
      assert.equal(await askOwn(own, "hello"), "own: hello");
      const alarm = next(socket, "said");
      own.send("alarm");
      assert.deepEqual(await alarm, ["alarm"]);
      const closed = next(socket, "said");
      own.close(4_001);
      assert.deepEqual(await closed, ["closed 4001"]);
    };
    await visit();
    await worker.evict("a", "hibernate", kind);
    await visit();
    // Heartbeats are of the platform's alarm.
    await worker.evict("a", "hibernate", kind);
    const lost = once(socket as never, "disconnect").then((reason) => assert.fail(`${reason}`));
    lost.catch(() => {});
    for (let beats = 0; beats < 2; beats++) {
      await Promise.race([once(socket.io as never, "ping"), lost]);
    }
    await visit();
    assert.equal(socket.connected, true);
    socket.disconnect();
    staying.close();
  });
}

test("what was put around the handlers sees our events, too", async () => {
  const socket = connect(worker.url, "/Wrapped");
  await ask(socket, "echo", 1);
  const own = await openOwn("Wrapped");
  const calls = JSON.parse(await askOwn(own, "calls")) as string[];
  assert.ok(calls.filter((name) => name === "webSocketMessage").length > 1, `${calls}`);
  own.close();
  socket.disconnect();
});
