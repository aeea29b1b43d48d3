// A table of handlers, which is gone through by name.
let total = 0;
const names = {};
module.exports = {
  hit(socket) {
    total++;
    socket.emit("total", total);
  },
  name(socket, data) {
    names[socket.id] = data;
  },
};
