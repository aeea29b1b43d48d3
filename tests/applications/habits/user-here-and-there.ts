/** A middleware puts the user where packages look for it, and in the data. */
import type { IncomingMessage } from "node:http";
import type { Server } from "socket.io";

type Signed = IncomingMessage & { user: { name: string; wins: number } };

export function setup(io: Server): void {
  io.use((socket, next) => {
    const user = { name: socket.handshake.auth.name, wins: 0 };
    (socket.request as Signed).user = user;
    socket.data.user = user;
    next();
  });
  io.on("connection", (socket) => {
    socket.on("win", () => {
      (socket.request as Signed).user.wins += 1;
      io.emit("won", socket.data.user);
    });
  });
}
