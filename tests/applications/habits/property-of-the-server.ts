/** Users hang on the server itself. */
import type { Server } from "socket.io";

export function setup(io: Server & { users?: Record<string, string> }): void {
  io.users = {};
  io.on("connection", (socket) => {
    socket.on("name", (name) => {
      if (io.users) io.users[socket.id] = name;
      io.emit("users", Object.values(io.users ?? {}));
    });
  });
}
