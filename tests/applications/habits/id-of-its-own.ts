/** A middleware calls the socket what its user is called. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.use((socket, next) => {
    Object.assign(socket, { id: `user ${socket.handshake.query.user}` });
    next();
  });
  io.on("connection", (socket) => {
    socket.on("whisper", (user, text) => io.to(`user ${user}`).emit("whispered", socket.id, text));
  });
}
