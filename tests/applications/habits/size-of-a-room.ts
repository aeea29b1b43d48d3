/** Two fit into a call: the room's size, and the engine's count, say whether there is a place. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.emit("are here", io.engine.clientsCount, io.of("/").sockets.size);
    socket.on("call", (room) => {
      const size = io.sockets.adapter.rooms.get(room)?.size ?? 0;
      if (size === 2) {
        socket.emit("full", io.engine.clientsCount);
        return;
      }
      socket.join(room);
      if (size === 1) io.to(room).emit("ready");
    });
    socket.on("offer", (room, offer) => socket.to(room).emit("offered", offer));
    socket.on("disconnect", () => io.emit("are here", io.engine.clientsCount));
  });
}
