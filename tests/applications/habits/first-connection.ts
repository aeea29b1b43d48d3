/** The first who comes is the host, for as long as the server runs. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.once("connection", (socket) => {
    socket.on("begin", () => io.emit("begun"));
  });
}
