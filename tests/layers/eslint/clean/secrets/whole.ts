// Of modules as a whole what is the same with every wake, and fields of what is made for one event.
import { randomUUID } from "node:crypto";
import { createServer } from "dormouse-io";
import * as config from "./config.ts";

class Ticket {
  readonly id = randomUUID();
  readonly issued = () => Math.random();
}

class Log {
  /** Told to nobody. */
  readonly label = randomUUID();
  constructor() {
    console.log(this.label);
  }
  write(text: string) {
    console.log(text);
  }
}
const log = new Log();

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("buy", (done: (...parts: unknown[]) => void) => {
      const { id } = new Ticket();
      log.write(id);
      done(new Ticket().id, config.SECRET, config.token());
    });
  });
});
