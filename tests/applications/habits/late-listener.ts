/** What a client may say is listened for once it has signed in. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("login", (name) => {
      socket.emit("welcome", name);
      socket.on("say", (text) => io.emit("said", text));
    });
  });
}
