/** A game that ticks. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  let turns = 0;
  io.on("connection", (socket) => {
    let clock: NodeJS.Timeout | undefined;
    socket.on("start", () => {
      clock = setInterval(() => io.emit("tick"), 600_000);
    });
    socket.on("disconnect", () => clearInterval(clock));
    socket.on("turn", () => io.emit("turned", ++turns));
  });
}
