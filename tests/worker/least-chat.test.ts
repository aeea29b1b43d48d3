// The object that the sizes of an upload are compared with is the chat, as far as it says it is.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { io, type Socket } from "socket.io-client";
import { startWorker } from "../support/miniflare.ts";

const ENTRY = new URL("../../bench/targets/least-chat.worker.ts", import.meta.url);

test("the least chat talks to stock clients, before a sleep and after", async () => {
  const worker = await startWorker({ entry: ENTRY, classes: { CHAT: "LeastChat" } });
  const join = (name: string): Socket =>
    io(worker.url, { transports: ["websocket"], forceNew: true, auth: { name } });
  const ada = join("Ada");
  const ben = join("Ben");
  const nobody = join("");
  try {
    const [refusal] = await once(nobody as never, "connect_error");
    assert.match(refusal.message, /name/i);
    await Promise.all([ada, ben].map((socket) => socket.emitWithAck("join", "lobby")));
    const say = async (text: string): Promise<void> => {
      const heard = once(ben as never, "message");
      const { at } = await ada.emitWithAck("message", "lobby", `id of ${text}`, { text });
      assert.equal(typeof at, "number");
      const [room, message] = await heard;
      assert.deepEqual([room, message.from.name, message.content], ["lobby", "Ada", { text }]);
    };
    await say("Hello");
    await worker.evict("default");
    await say("Still there?");
    const rooms = await ben.emitWithAck("rooms");
    const [lobby] = rooms.filter(({ room }: { room: string }) => room === "lobby");
    assert.deepEqual(lobby.people.map(({ name }: { name: string }) => name).sort(), ["Ada", "Ben"]);
    const left = once(ben as never, "left");
    ada.disconnect();
    assert.equal((await left)[1].name, "Ada");
  } finally {
    for (const socket of [ada, ben, nobody]) socket.disconnect();
    await worker.stop();
  }
});
