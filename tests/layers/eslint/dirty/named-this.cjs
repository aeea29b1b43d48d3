// Another name for `this` is no other place, and whose `socket` a function hands on is a connection listener.
const { Server } = require("socket.io");

function Upload() {
  this.texts = {}; // expect: no-state-in-variables
  this.names = {}; // expect: no-state-in-variables
}
Upload.prototype.listen = function (socket) {
  const self = this;
  socket.on("name", (id, name) => {
    self.names[id] = name;
  });
};
Upload.prototype.tell = function (id, text) {
  const self = this;
  self.texts[id] = text;
};

const upload = new Upload();

new Server().on("connection", (socket) => {
  new Upload().listen(socket);
  socket.on("tell", (text) => upload.tell(socket.id, text));
});

module.exports = (socket, config) => {
  onConnection(socket);

  function onConnection(socket) {
    let isClosing = config.isClosing; // expect: no-state-in-variables
    const { name } = socket.handshake.query;
    socket.on("close", () => {
      isClosing = true;
    });
    socket.on("say", (text) => isClosing || socket.broadcast.emit("said", name, text));
  }
};
