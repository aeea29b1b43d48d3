// Handlers that functions make of the socket and of what they change.
const { Server } = require("socket.io");
const io = new Server(3000);
const users = {}; // expect: no-state-in-variables
const onJoin = (io, socket, users) => (name) => {
  users[socket.id] = name;
  io.emit("joined", name);
};
function onLeave({ io, socket, users }) {
  return function () {
    delete users[socket.id];
  };
}
io.on("connection", (socket) => {
  socket.on("join", onJoin(io, socket, users));
  socket.on("disconnect", onLeave({ io, socket, users }));
});
