// What is the server's is in io.data, what is a client's in socket.data.
import { createServer } from "dormouse-io";

export const Board = createServer((io) => {
  io.data.lines ??= [];
  io.data.users ??= new Map();
  io.data.total ??= 0;

  io.on("connection", (socket) => {
    const { data } = socket;
    const { users } = io.data;
    socket.emit("lines", io.data.lines);
    socket.on("line", (line: unknown) => {
      io.data.lines.push(line);
      io.data.total += 1;
      data.count = (data.count ?? 0) + 1;
      users.set(socket.id, { count: data.count });
      socket.broadcast.emit("line", line);
    });
    socket.on("clear", () => {
      io.data.lines = [];
    });
  });
});
