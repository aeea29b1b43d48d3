/** Every event is looked at, before its listener and beside it. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.use(([event], next) => {
      next(event === "close" && !socket.data.isAdmin ? new Error("not allowed") : undefined);
    });
    socket.on("error", ({ message }) => socket.emit("refused", message));
    socket.onAny((event) => socket.emit("heard", event));
    socket.on("login", () => {
      socket.data.isAdmin = true;
    });
    socket.on("close", () => io.emit("closed"));
  });
}
