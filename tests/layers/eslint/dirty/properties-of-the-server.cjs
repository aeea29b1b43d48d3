// What is hung on the server or a namespace is gone with it.
const { Server } = require("socket.io");
const io = new Server(3000);
io.users = {}; // expect: no-state-in-variables
const chat = io.of("/chat");
chat.topics = []; // expect: no-state-in-variables
io.on("connection", (socket) => {
  socket.on("name", (name) => {
    io.users[socket.id] = name;
  });
  socket.on("topic", (name) => {
    chat.topics.push(name);
    socket.nsp.last = name; // expect: no-state-in-variables
  });
  socket.on("started", () => {
    socket.server.started = true; // expect: no-state-in-variables
  });
});
