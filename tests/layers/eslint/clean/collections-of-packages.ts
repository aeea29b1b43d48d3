// A cache of what can be had again, and a store that is elsewhere.
import { createServer } from "dormouse-io";
import Keyv from "keyv";
import { LRUCache } from "lru-cache";
import { load } from "some-database";

const pages = new LRUCache<string, string>({ max: 100 });
const pageCache = new LRUCache<string, string>({ max: 100 });
const names = new Keyv("redis://localhost");

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("page", async (name: string) => {
      if (!pages.has(name)) pages.set(name, await load(name));
      pageCache.set(name, await load(name));
      socket.emit("page", pages.get(name), pageCache.get(name));
    });
    socket.on("login", async (name: string) => {
      await names.set(socket.id, name);
    });
  });
  io.of("/names").on("connection", (socket) => {
    socket.on("who", async (answer: (name: string) => void) => answer(await names.get(socket.id)));
  });
});
