// A game as tutorials have it: functions that make objects, with lists and handlers hung on them.
var server = require("node:http").createServer();
var io = require("socket.io")(server);

var SOCKETS = {}; // expect: no-sockets-in-collections
var news = { players: [] }; // expect: no-state-in-variables

var Player = function (id) {
  var self = { id: id, x: 0, isMoving: false }; // expect: no-state-in-variables
  self.update = function () {
    if (self.isMoving) self.x += 1;
  };
  Player.list[id] = self;
  news.players.push(id);
  return self;
};
Player.list = {}; // expect: no-state-in-variables
Player.onConnect = (socket) => {
  var player = Player(socket.id);
  socket.on("key", function (isDown) {
    player.isMoving = isDown;
  });
};
Player.onDisconnect = function (socket) {
  delete Player.list[socket.id];
};

io.sockets.on("connection", function (socket) {
  SOCKETS[socket.id] = socket;
  Player.onConnect(socket);
  socket.on("disconnect", function () {
    delete SOCKETS[socket.id];
    Player.onDisconnect(socket);
  });
});
