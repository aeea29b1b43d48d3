/** Users in a map of the module, by the ids of their sockets. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const users = new Map<string, string>();
  io.on("connection", (socket) => {
    socket.on("name", (name) => {
      users.set(socket.id, name);
      io.emit("users", [...users.values()]);
    });
    socket.on("say", (text) => io.emit("said", users.get(socket.id), text));
  });
}
