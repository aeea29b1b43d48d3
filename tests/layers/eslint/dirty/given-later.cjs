// Functions that an object is given later, and classes that are handed to who makes them inherit.
const { inherits } = require("node:util");
const { EventEmitter } = require("node:events");

module.exports = Signals;

inherits(Signals, EventEmitter);

function Signals(io) {
  if (!(this instanceof Signals)) return new Signals(io);
  io.on("connection", (socket) => {
    socket.on("discover", this._onDiscover.bind(this, socket));
  });
}

Signals.prototype._onDiscover = function (socket, data) {
  const request = { id: socket.id, data };
  request.accept = () => {
    socket.on("offer", (offer) => socket.broadcast.emit("offer", offer)); // expect: no-late-listeners
  };
  if (data.isKnown) request.accept();
  else this.emit("discover", request);
};
