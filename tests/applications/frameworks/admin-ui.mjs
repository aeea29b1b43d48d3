// https://socket.io/docs/v4/admin-ui, in development mode, which puts proxies into `socket.data`.
import { createServer } from "node:http";
import { instrument } from "@socket.io/admin-ui";
import { Server } from "socket.io";

export const http = createServer();
export const io = new Server(http, {
  cors: { origin: ["https://admin.socket.io"], credentials: true },
});

io.use((socket, next) => {
  socket.data.user = { name: "Ada", tags: [] };
  next();
});
instrument(io, { auth: false, mode: "development" });
io.on("connection", (socket) => {
  socket.on("tag", (tag) => {
    socket.data.user.tags.push(tag);
    socket.data.last = { tag };
    io.emit("tagged", socket.data.user, socket.data.last.tag);
  });
});
