// https://socket.io/docs/v4/admin-ui, in development mode, which puts proxies into `socket.data`.
import { instrument } from "@socket.io/admin-ui";

export const options = { cors: { origin: ["https://admin.socket.io"], credentials: true } };

export function setup(io) {
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
}
