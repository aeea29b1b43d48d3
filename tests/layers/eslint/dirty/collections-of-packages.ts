// Maps and queues of packages are in memory as the language's own.
import { Queue } from "@datastructures-js/queue";
import { createServer } from "dormouse-io";
import Keyv from "keyv";
import { LRUCache } from "lru-cache";

const sessions = new LRUCache<string, string>({ max: 100 }); // expect: no-state-in-variables
const names = new Keyv(); // expect: no-state-in-variables
const waiting = new Queue<string>(); // expect: no-state-in-variables

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("login", async (name: string) => {
      sessions.set(socket.id, name);
      await names.set(socket.id, name);
    });
    socket.on("wait", () => {
      waiting.enqueue(socket.id);
      if (waiting.size() > 1) io.to(waiting.dequeue()).emit("go", sessions.get(socket.id));
    });
  });
});
