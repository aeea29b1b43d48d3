// Without types: by the names that everybody uses.
const rooms = {}; // expect: no-state-in-variables
module.exports = ({ io, socket }) => {
  socket.on("create", (name) => {
    rooms[name] = [socket.id];
    io.emit("rooms", rooms);
  });
};
