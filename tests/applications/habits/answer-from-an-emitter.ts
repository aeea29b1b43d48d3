/** Who asks for news is answered when there are any. */
import { EventEmitter } from "node:events";
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const news = new EventEmitter();
  io.on("connection", (socket) => {
    socket.on("next", (answer) => {
      news.once("news", answer);
    });
    socket.on("tell", (text) => {
      news.emit("news", text);
    });
    socket.on("say", (text) => io.emit("said", text));
  });
}
