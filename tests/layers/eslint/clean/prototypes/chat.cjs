// A constructor that is given the server, and keeps what it knows there.
function Chat(io) {
  this.io = io;
  this.prefix = "> ";
}

Chat.prototype.listen = function () {
  this.io.data.names ??= new Map();
  this.io.on("connection", this.onConnection.bind(this));
};

Chat.prototype.onConnection = function (socket) {
  const self = this;
  socket.on("name", (name) => self.io.data.names.set(socket.id, name));
  socket.on("say", function (text) {
    self.say(self.io.data.names.get(socket.id), text);
  });
};

Chat.prototype.say = function (name, text) {
  this.io.emit("said", name, this.prefix + text);
};

exports.Chat = Chat;
