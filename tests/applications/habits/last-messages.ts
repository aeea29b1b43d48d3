/** Who comes is told the last messages. */
import type { Server } from "socket.io";

const LAST = 10;
const messages: string[] = [];

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.emit("messages", messages);
    socket.on("say", (text) => {
      messages.push(text);
      if (messages.length > LAST) messages.shift();
      io.emit("said", text);
    });
  });
}
