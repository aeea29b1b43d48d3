// A game that a package holds.
const { Server } = require("socket.io");
const { Chess } = require("chess.js");
const io = new Server(3000);
const chess = new Chess(); // expect: no-state-in-variables
io.on("connection", (socket) => {
  socket.on("move", (move) => {
    chess.move(move);
    io.emit("board", chess.fen());
  });
});
