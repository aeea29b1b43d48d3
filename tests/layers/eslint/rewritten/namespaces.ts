/** Two namespaces, each with a count of its clients, and the server's for both. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const chat = io.of("/chat");
  let total = 0;
  chat.on("connection", (socket) => {
    let count = 0;
    socket.on("say", () => chat.emit("said", ++count, ++total));
  });
  io.of("/news").on("connection", (socket) => {
    let number = 10;
    socket.on("say", () => socket.emit("said", ++number, ++total));
  });
}
