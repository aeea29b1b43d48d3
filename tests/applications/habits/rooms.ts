/** Who gets what is a matter of rooms. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("join", (room) => {
      socket.join(room);
      socket.to(room).emit("joined", room);
    });
    socket.on("say", (room, text) => io.to(room).emit("said", room, text));
    socket.on("disconnecting", () => {
      for (const room of socket.rooms) if (room !== socket.id) socket.to(room).emit("left", room);
    });
  });
}
