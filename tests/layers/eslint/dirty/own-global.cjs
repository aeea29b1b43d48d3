// A variable of the module that is named like the platform's global object.
const { Server } = require("socket.io");

const global = { online: 0, names: new Map() }; // expect: no-state-in-variables

new Server(3000).on("connection", (socket) => {
  global.online += 1;
  socket.on("name", (name) => global.names.set(socket.id, name));
});
