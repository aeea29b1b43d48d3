/** What is known of a client hangs on the socket itself. */
import type { Server, Socket } from "socket.io";

type User = Socket & { username?: string };

export function setup(io: Server): void {
  io.on("connection", (socket: User) => {
    socket.on("name", (name) => {
      socket.username = name;
    });
    socket.on("say", (text) => io.emit("said", socket.username, text));
    socket.on("disconnect", () => io.emit("left", socket.username));
  });
}
