/** The server asks a client, and goes on when it answers. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("begin", () => {
      socket.emit("ready?", (answer: string) => io.emit("ready", answer));
    });
  });
}
