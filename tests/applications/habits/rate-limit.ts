/** No more than two attempts to connect from one place. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const attempts: Record<string, number> = {};
  io.use((socket, next) => {
    const { address } = socket.handshake;
    attempts[address] = (attempts[address] ?? 0) + 1;
    if (attempts[address] > 2) return next(new Error("too many attempts"));
    next();
  });
  io.on("connection", (socket) => {
    socket.on("say", (text) => io.emit("said", text));
  });
}
