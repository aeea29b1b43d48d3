/** One event is heard once, of another its listener takes itself away. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.once("ready", () => io.emit("is ready"));
    const vote = (what: string) => {
      io.emit("voted", what);
      socket.off("vote", vote);
    };
    socket.on("vote", vote);
  });
}
