/** A middleware registers a listener. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.use((socket, next) => {
    socket.on("who", () => socket.emit("you", socket.handshake.auth.token));
    next();
  });
  io.on("connection", () => {});
}
