/** A game that ticks. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  let turns = 0;
  io.on("connection", (socket) => {
    socket.on("start", () => {
      const clock = setInterval(() => io.emit("tick"), 600_000);
      socket.on("disconnect", () => clearInterval(clock));
    });
    socket.on("turn", () => io.emit("turned", ++turns));
  });
}
