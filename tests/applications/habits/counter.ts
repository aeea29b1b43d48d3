/** How many are here is counted. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  let count = 0;
  io.on("connection", (socket) => {
    socket.on("enter", () => io.emit("count", ++count));
    socket.on("disconnect", () => io.emit("count", --count));
  });
}
