// What hangs on a part of the server, or on the way to a client, is made anew with that.
const { Server } = require("socket.io");
const io = new Server(3000);
io.on("connection", (socket) => {
  socket.on("create", (room) => {
    socket.join(room);
    io.sockets.adapter.rooms.get(room).host = socket.id; // expect: no-state-in-variables
    const members = io.of("/").adapter.rooms.get(room);
    members.word = "cat"; // expect: no-state-in-variables
  });
  socket.on("name", (name) => {
    socket.adapter.names ??= []; // expect: no-state-in-variables
    socket.adapter.names.push(name);
    io.engine.last = name; // expect: no-state-in-variables
    socket.conn.transport.owner = name; // expect: no-state-in-variables
  });
  socket.on("word", (room) => socket.emit("word", io.sockets.adapter.rooms.get(room).word));
});
