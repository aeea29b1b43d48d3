// Handlers of an object, registered in a loop over its entries.
const { Server } = require("socket.io");
const io = new Server(3000);
let hits = 0; // expect: no-state-in-variables
const handlers = {
  hit: (socket) => {
    hits += 1;
    socket.emit("hits", hits);
  },
};
io.on("connection", (socket) => {
  for (const [event, handler] of Object.entries(handlers))
    socket.on(event, (...args) => handler(socket, ...args));
});
