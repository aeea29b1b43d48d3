/** Who comes first is the host. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    const role = io.of("/").sockets.size === 1 ? "host" : "guest";
    socket.emit("role", role);
    socket.on("begin", () => {
      if (role === "host") io.emit("begun");
    });
  });
}
