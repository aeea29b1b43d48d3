/**
 * What docs/platforms.md says of the end of a connection that the object closes: the smallest program
 * that shows it, without anything of ours. If this fails the runtime has changed, and the page with it.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { startWorker } from "../../support/miniflare.ts";

test("a WebSocket that never brought a message is told of its close at once, and ended with the object's sleep", async () => {
  const worker = await startWorker({
    entry: new URL("./late-end.worker.ts", import.meta.url),
    classes: { RAW: "Raw" },
  });
  try {
    const open = async () => {
      const webSocket = new WebSocket(worker.url.replace("http", "ws"));
      await once(webSocket, "open");
      const { _receiver: receiver, _socket: socket } = webSocket as unknown as {
        _receiver: NodeJS.EventEmitter;
        _socket: Socket;
      };
      return { webSocket, told: once(receiver, "conclude"), ended: once(socket, "end") };
    };
    const [silent, talkative] = [await open(), await open()];
    talkative.webSocket.send("hello");
    const messages = async () => (await fetch(`${worker.url}/messages`)).json();
    while ((await messages()) === 0) await delay(20);
    await fetch(`${worker.url}/close`);
    await Promise.all([silent.told, talkative.told, talkative.ended]);
    const isEnded = silent.ended.then(() => "ended");
    assert.equal(await Promise.race([isEnded, delay(1_000, "open")]), "open");
    await worker.evict("raw");
    assert.equal(await Promise.race([isEnded, delay(20_000, "open", { ref: false })]), "ended");
  } finally {
    await worker.stop();
  }
});
