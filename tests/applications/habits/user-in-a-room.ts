/** Private messages go to a room that is named after the user. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("name", (name) => {
      socket.data.name = name;
      socket.join(`user:${name}`);
    });
    socket.on("whisper", (name, text) => {
      io.to(`user:${name}`).emit("whispered", socket.data.name, text);
    });
  });
}
