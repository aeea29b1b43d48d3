const moves = [];
exports.play = (player) => {
  player.on("move", (move) => moves.push(move));
};
