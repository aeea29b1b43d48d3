/** What all share is in the data of each. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const lobby = { names: [] as string[] };
  io.on("connection", (socket) => {
    socket.data.lobby = lobby;
    socket.on("enter", (name) => {
      socket.data.lobby.names.push(name);
      io.emit("lobby", socket.data.lobby.names);
    });
  });
}
