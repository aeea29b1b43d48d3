// Settings of the engine and of adapters, made with the server, and what is read of rooms.
const { Server } = require("socket.io");
const { randomUUID } = require("node:crypto");
const io = new Server(3000);
let made = 0;
io.engine.generateId = () => randomUUID();
io.of("/").adapter.label = "main";
made += 1;
io.on("connection", (socket) => {
  socket.on("size", (room) => {
    const members = io.sockets.adapter.rooms.get(room);
    const result = { size: members ? members.size : 0 };
    result.host = [...(members ?? [])][0];
    socket.emit("size", result, io.of("/").adapter.label, made);
  });
});
