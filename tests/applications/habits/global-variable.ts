/** Who is who is in a global variable. */
import type { Server } from "socket.io";

interface Shared {
  users: Record<string, string>;
}

export function setup(io: Server): void {
  (globalThis as unknown as Shared).users = {};
  io.on("connection", (socket) => {
    socket.on("name", (name) => {
      (globalThis as unknown as Shared).users[socket.id] = name;
      io.emit("users", Object.values((globalThis as unknown as Shared).users));
    });
  });
}
