/** What belongs to all is kept in `io.data`, which on `socket.io` is an object like any other. */
import type { Server } from "socket.io";

export function setup(io: Server & { data?: { score?: number } }): void {
  io.data ??= {};
  const { data } = io;
  io.on("connection", (socket) => {
    socket.on("score", () => {
      data.score = (data.score ?? 0) + 1;
      io.emit("score", data.score);
    });
  });
}
