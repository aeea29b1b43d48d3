const { Server } = require("socket.io");
const handlers = require("./handlers.cjs");
const io = new Server(3000);
io.on("connection", (socket) => {
  Object.keys(handlers).forEach((event) => {
    socket.on(event, (data) => handlers[event](socket, data)); // expect: no-state-in-variables, no-state-in-variables
  });
});
