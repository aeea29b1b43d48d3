const { Server } = require("socket.io");
const io = new Server(3000);

function who(room) {
  const ids = new Set();
  for (const id of io.sockets.adapter.rooms.get(room) ?? []) ids.add(id);
  return [...ids];
}

io.on("connection", (socket) => {
  socket.on("join", async (room, answer) => {
    await socket.join(room);
    const names = {};
    for (const other of await io.in(room).fetchSockets()) names[other.id] = other.data.name;
    answer({ who: who(room), names });
    socket.to(room).emit("joined", socket.id);
  });
  socket.on("leave", (room) => socket.leave(room));
  socket.on("disconnecting", () => {
    let left = 0;
    socket.rooms.forEach((room) => {
      left += 1;
      socket.to(room).emit("left", socket.id, left);
    });
  });
});
