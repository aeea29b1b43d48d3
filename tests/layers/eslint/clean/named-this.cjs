// Other names for `this`, objects that inherit from others, modules that are put where they were before.
const { Server } = require("socket.io");

const settings = { bind: true };

function Upload(socket) {
  this.socket = socket;
  const events = Object.create(settings);
  events.started = () => {};
  events.started();
}
Upload.prototype.tell = function (text) {
  const self = this;
  self.socket.data.texts ??= {};
  self.socket.data.texts[text] = true;
};

new Server().on("connection", (socket) => {
  if (settings.bind) settings.request = require("request");
  const upload = new Upload(socket);
  socket.on("tell", (text) => upload.tell(text));
});
