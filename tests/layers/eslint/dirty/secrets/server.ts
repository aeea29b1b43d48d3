// Keys that are made by chance: what was signed before a sleep nobody can check after it.
import { createHmac, randomFillSync } from "node:crypto";
import { createServer } from "dormouse-io";
import { PORT, SECRET } from "./config.ts"; // expect: no-remade-values

const SALT = crypto.randomUUID(); // expect: no-remade-values
const KEY = new Uint8Array(16); // expect: no-remade-values
crypto.getRandomValues(KEY);
const raw = crypto.getRandomValues(new Uint8Array(8));
const PEPPER = `${SALT}-${raw.join("")}`; // expect: no-remade-values
const ADMIN = crypto.randomUUID(); // expect: no-remade-values

export const Room = createServer((io) => {
  const own = new Uint8Array(16); // expect: no-remade-values
  randomFillSync(own);
  io.use((socket, next) => next(socket.handshake.auth.token === ADMIN ? undefined : new Error()));
  io.on("connection", (socket) => {
    socket.on("sign", (text: string, done: (...parts: unknown[]) => void) => {
      done(createHmac("sha256", SECRET).update(text).digest("hex"), SALT, KEY, PEPPER, own, PORT);
    });
  });
});
