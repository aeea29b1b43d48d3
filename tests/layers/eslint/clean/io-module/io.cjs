// The server in a variable of a module, assigned once.
const { Server } = require("socket.io");
let io;
module.exports = {
  init(server) {
    io = new Server(server);
    return io;
  },
  getIO() {
    if (!io) throw new Error("not ready");
    return io;
  },
};
