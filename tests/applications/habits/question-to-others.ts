/** A handler waits for what somebody else answers, by a map of those who wait. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const waiting = new Map<number, (answer: string) => void>();
  let questions = 0;
  io.on("connection", (socket) => {
    socket.on("ask", async (text) => {
      questions += 1;
      const number = questions;
      const answered = new Promise<string>((resolve) => waiting.set(number, resolve));
      socket.broadcast.emit("asked", number, text);
      socket.emit("answered", await answered);
    });
    socket.on("answer", (number, answer) => {
      waiting.get(number)?.(answer);
      waiting.delete(number);
    });
  });
}
