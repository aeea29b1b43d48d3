/** A middleware of the namespace asks for a token, and says who the client is. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.use((socket, next) => {
    const { token } = socket.handshake.auth;
    if (typeof token !== "string") {
      next(new Error("no token"));
      return;
    }
    socket.data.user = { name: token };
    next();
  });
  io.on("connection", (socket) => {
    socket.on("say", (text) => io.emit("said", socket.data.user.name, text));
  });
}
