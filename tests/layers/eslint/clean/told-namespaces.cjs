// What follows every namespace is registered again with those that are told of again after a sleep.
module.exports = { watch };

function watch(io) {
  const follow = (namespace) => {
    listen(namespace);
    rooms("rooms", namespace);
  };
  io._nsps.forEach(follow);
  io.on("new_namespace", follow);
}

function listen(namespace) {
  namespace.prependListener("connection", (socket) => console.log("came", socket.id));
}

const rooms = (what, { adapter, name }) => console.log(what, name, adapter.rooms.size);

exports.log = function (io) {
  io.on("new_namespace", log);
  io.of("/later").use((_socket, next) => next());
};

function log(nsp) {
  nsp.adapter.on("join-room", (room, id) => console.log(nsp.name, room, id));
  nsp.adapter.on("leave-room", (room, id) => console.log(nsp.name, room, id));
  nsp.use((socket, next) => next(socket.handshake.auth.token ? undefined : new Error("who?")));
}
