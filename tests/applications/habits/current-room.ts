/** Who changes rooms leaves all others; where a client is, its rooms say, in the order in which it came. */
import type { Server, Socket } from "socket.io";

const roomsOf = (socket: Socket): string[] => [...socket.rooms].slice(1);

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("go", (room) => {
      for (const other of roomsOf(socket)) socket.leave(other);
      socket.join(room);
    });
    socket.on("look into", (room) => socket.join(room));
    socket.on("say", (text) => {
      const [room = "nowhere", ...others] = roomsOf(socket);
      io.to(room).emit("said", text, room, others);
    });
    socket.on("disconnecting", () => {
      for (const room of roomsOf(socket)) socket.to(room).emit("left", room);
    });
  });
}
