// Keys that are kept, or are the same again, or are only of one event.
import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "dormouse-io";
import { SECRET, token } from "./config.ts";

/** Told to nobody: which of the processes this log is of. */
const process = randomUUID();
console.log(process);
const at = new Date();
const ids = () => randomUUID();

export const Room = createServer((io) => {
  io.data.salt ??= randomUUID();
  const pepper = (io.data.pepper ??= randomUUID());
  const label = `pepper ${pepper}`;
  io.use((socket, next) => {
    socket.data.since = at;
    next();
  });
  io.on("connection", (socket) => {
    socket.on("sign", (text: string, done: (...parts: unknown[]) => void) => {
      const key = new Uint8Array(16);
      crypto.getRandomValues(key);
      done(createHmac("sha256", SECRET).update(text), io.data.salt, label, key, token(), ids());
    });
  });
});
