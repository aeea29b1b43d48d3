// A constructor that is given the server, and listens itself.
function Lobby(io) {
  this.io = io;
  this.waiting = [];
}

Lobby.prototype.listen = function () {
  this.io.on("connection", this.onConnection.bind(this));
};

Lobby.prototype.onConnection = function (socket) {
  const self = this;
  socket.on("wait", function (name) {
    self.waiting.push(name);
    setInterval(() => socket.emit("waiting"), 1000);
  });
};

exports.Lobby = Lobby;
