/** Each room is a namespace, which a pattern lets come and go. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const rooms = io.of(/^\/room-\w+$/);
  rooms.use((socket, next) => {
    socket.data.room = socket.nsp.name;
    next();
  });
  rooms.on("connection", (socket) => {
    const { nsp } = socket;
    nsp.emit("joined", socket.data.room, nsp.sockets.size);
    socket.on("say", (text) => {
      nsp.emit("said", text);
      socket.broadcast.emit("others said", text);
    });
    socket.on("disconnect", () => nsp.emit("left", nsp.sockets.size));
  });
}
