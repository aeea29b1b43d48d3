/** The adapter tells who comes into a room, and which rooms there are. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const { adapter } = io.of("/");
  const isSocket = (room: string): boolean => adapter.sids.has(room);
  adapter.on("create-room", (room) => {
    if (room.startsWith("#")) io.emit("opened", room);
  });
  adapter.on("join-room", (room, id) => {
    if (room !== id && !isSocket(room)) io.to(room).emit("came", adapter.rooms.get(room)?.size);
  });
  adapter.on("leave-room", (room, id) => {
    if (room !== id) io.to(room).emit("went", room);
  });
  adapter.on("delete-room", (room) => {
    if (room.startsWith("#")) io.emit("closed", room);
  });
  io.on("connection", (socket) => {
    socket.on("join", (room) => socket.join(room));
    socket.on("leave", (room) => socket.leave(room));
  });
}
