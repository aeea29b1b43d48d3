// Objects that an event makes for itself may hold its socket, under whatever name they have it from each other.
const { Server } = require("socket.io");
const { EventEmitter } = require("node:events");

function Connection(client) {
  this.client = client;
}
Connection.prototype.handle = function (action, answer) {
  const request = new Request(this, action);
  const response = new EventEmitter();
  response.on("send", (result) => {
    new Notice(request, result).send();
    answer(result);
  });
  response.emit("send", action);
};

function Request(connection, action) {
  this.client = connection.client;
  this.action = action;
}

function Notice(request, result) {
  this.client = request.client;
  this.result = result;
}
Notice.prototype.send = function () {
  this.client.broadcast.emit("notice", this.result);
};

new Server().on("connection", (client) => {
  const connection = new Connection(client);
  client.on("do", (action, answer) => connection.handle(action, answer));
});
