// Secrets of modules that are imported as a whole, and fields that begin with chance.
import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "dormouse-io";
import * as config from "./config.ts"; // expect: no-remade-values
import keys from "./keys.cjs"; // expect: no-remade-values

class Tickets {
  readonly secret = randomUUID(); // expect: no-remade-values
  static key = Math.random(); // expect: no-remade-values
  sign(text: string) {
    return createHmac("sha256", this.secret).update(`${text}${Tickets.key}`).digest("hex");
  }
}
const tickets = new Tickets();

export const Room = createServer((io) => {
  io.use((socket, next) => {
    next(socket.handshake.auth.token === config.SECRET ? undefined : new Error());
  });
  io.on("connection", (socket) => {
    socket.on("sign", (text: string, done: (...parts: unknown[]) => void) => {
      done(tickets.sign(text), keys.SIGNING, keys.cookies, config.PORT);
    });
  });
});
