/** Friends see how often somebody has won. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.data.user = { wins: 0 };
    socket.data.friends = new Set<{ wins: number }>();
    socket.on("befriend", () => {
      for (const other of io.sockets.sockets.values()) {
        if (other !== socket) socket.data.friends.add(other.data.user);
      }
    });
    socket.on("win", () => {
      socket.data.user.wins += 1;
    });
    socket.on("look", () => socket.emit("friends", [...socket.data.friends]));
  });
}
