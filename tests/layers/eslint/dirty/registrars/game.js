const moves = [];
export default (io, socket) => {
  socket.on("move", (move) => moves.push(move));
};
