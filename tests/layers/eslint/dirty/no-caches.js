// Called caches, and none: nobody could fill them again.
import { createServer } from "dormouse-io";

const sessionCache = new Map(); // expect: no-state-in-variables
const userCache = {}; // expect: no-state-in-variables
const messageCache = []; // expect: no-state-in-variables
let cacheHits = 0; // expect: no-state-in-variables

export const Game = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("login", (name) => {
      sessionCache.set(socket.id, name);
      userCache[name] = { score: 0 };
    });
    socket.on("say", (text) => {
      messageCache.push(text);
      cacheHits += 1;
      io.emit("said", sessionCache.get(socket.id), text, cacheHits);
    });
    socket.on("score", (name) => io.emit("score", userCache[name], messageCache));
  });
});
