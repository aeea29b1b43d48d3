/** Who comes is asked for a name, and the others are told. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.emit("name?", (name: string) => {
      socket.data.name = name;
      io.emit("joined", name);
    });
    socket.on("say", (text) => io.emit("said", socket.data.name, text));
  });
}
