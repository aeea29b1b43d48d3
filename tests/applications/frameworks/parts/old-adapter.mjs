// An adapter on socket.io-adapter 2.1, which sends by `socket.packet()` and keeps the rooms itself.
import { Adapter } from "old-adapter";

export const options = { adapter: Adapter };

export function setup(io) {
  io.on("connection", (socket) => {
    socket.on("join", (room) => socket.join(room));
    socket.on("leave", (room) => socket.leave(room));
    socket.on("say", (room, text) => io.to(room).emit("said", text));
    socket.on("shout", (bytes) => socket.broadcast.emit("shouted", bytes));
  });
}
