/** Users are invited, shown out and signed out by the rooms that are named after them. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.join(`user ${socket.handshake.query.user}`);
    socket.on("invite", (user, room) => {
      io.in(`user ${user}`).socketsJoin(room);
      io.to(room).emit("invited", user);
    });
    socket.on("show out", (user, room) => io.in(`user ${user}`).socketsLeave(room));
    socket.on("sign out", (user) => {
      io.in(`user ${user}`).except(socket.id).disconnectSockets(true);
    });
    socket.on("say", (room, text) => socket.to(room).emit("said", text));
  });
}
