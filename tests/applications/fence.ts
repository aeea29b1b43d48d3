/** The server's half of the fence; in a file of its own, for Workers. */
import type { Server } from "socket.io";

export function addFence(io: Server): void {
  io.of("/~fence").on("connection", (socket) => {
    socket.on("fence", (answer) => answer());
  });
}
