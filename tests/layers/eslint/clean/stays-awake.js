// An object that stays awake while anybody is connected: memory is memory.
import { createServer } from "dormouse-io";

export const World = createServer({ hibernate: false }, (io) => {
  const players = new Map();
  let tick = 0;

  setInterval(() => {
    tick += 1;
    io.volatile.emit("world", tick, [...players]);
  }, 50);

  io.on("connection", (socket) => {
    players.set(socket.id, { x: 0, y: 0 });
    socket.on("move", (x, y) => players.set(socket.id, { x, y }));
    socket.on("disconnect", () => players.delete(socket.id));
  });
});
