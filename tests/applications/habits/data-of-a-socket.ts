/** What is known of a client is kept in `socket.data`. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("name", (name) => {
      socket.data.name = name;
      socket.data.said = [];
    });
    socket.on("say", (text) => {
      socket.data.said.push(text);
      io.emit("said", socket.data.name, socket.data.said.length, text);
    });
  });
}
