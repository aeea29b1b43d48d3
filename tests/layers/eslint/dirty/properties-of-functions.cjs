// What listeners hang on functions is made with them.
const { createServer } = require("dormouse-io");

function hits() {
  hits.count = (hits.count ?? 0) + 1; // expect: no-state-in-variables
  return hits.count;
}
function remember(name) {
  remember.names.add(name);
}
remember.names = new Set(); // expect: no-state-in-variables

module.exports = createServer((io) => {
  function move() {
    move.last = Date.now(); // expect: no-state-in-variables
    io.emit("moved", hits());
  }
  io.on("connection", (socket) => {
    socket.on("move", move);
    socket.on("name", remember);
    socket.on("turn", function turn() {
      turn.number = (turn.number || 0) + 1; // expect: no-state-in-variables
      io.emit("turn", turn.number);
    });
  });
});
