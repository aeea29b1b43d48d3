// State that is replaced as a whole, and an array by its length.
const { Server } = require("socket.io");
const io = new Server(3000);
let state = { players: {}, round: 0 }; // expect: no-state-in-variables
const order = []; // expect: no-state-in-variables
io.on("connection", (socket) => {
  socket.on("join", (name) => {
    state = { ...state, players: { ...state.players, [socket.id]: name } };
  });
  socket.on("order", (n) => {
    order[order.length] = n;
  });
  socket.on("clear", () => {
    order.length = 0;
  });
});
