// An adapter on socket.io-adapter 2.1, which sends by `socket.packet()`.
import { createServer } from "node:http";
import { Adapter } from "old-adapter";
import { Server } from "socket.io";

export const http = createServer();
export const io = new Server(http, { adapter: Adapter });

io.on("connection", (socket) => {
  socket.on("join", (room) => socket.join(room));
  socket.on("leave", (room) => socket.leave(room));
  socket.on("say", (room, text) => io.to(room).emit("said", text));
  socket.on("shout", (bytes) => socket.broadcast.emit("shouted", bytes));
});
