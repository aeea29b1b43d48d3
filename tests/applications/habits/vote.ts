/** Everybody is asked, and the result waits for all. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("vote", () => {
      io.timeout(600_000).emit("for or against?", (_error: Error | null, answers: string[]) => {
        io.emit("result", answers.sort());
      });
    });
    socket.on("say", (text) => io.emit("said", text));
  });
}
