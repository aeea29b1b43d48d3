const { Server } = require("socket.io");
const io = new Server(3000);
const { create, remember } = require("./handlers.cjs")(io);
io.on("connection", (socket) => {
  socket.on("create", create); // expect: no-state-in-variables
  socket.on("remember", remember); // expect: no-state-in-variables
});
