// Constructors of functions with prototypes, here and in other modules.
const { Server } = require("socket.io");
const Room = require("./room.cjs");
const { Lobby } = require("./lobby.cjs");
const { Deck, Board } = require("./deck.cjs");
require("./deck-moves.cjs");
const io = new Server(3000);

function Game() {
  this.players = {}; // expect: no-state-in-variables
}
Game.prototype.add = function (player) {
  this.players[player.id] = player;
};

var Clock = function (io) {
  var self = this;
  self.turns = 0; // expect: no-state-in-variables
  this.turn = function () {
    self.turns++;
    io.emit("turn", self.turns);
  };
};

function Scores() {
  if (!(this instanceof Scores)) return new Scores();
  this.list = []; // expect: no-state-in-variables
  this.best = 0; // expect: no-state-in-variables
}
Scores.prototype = {
  constructor: Scores,
  put: function (score) {
    this.list.push(score);
  },
  top(score) {
    this.best = Math.max(this.best, score);
  },
};

function Votes() {
  this.counts = new Map(); // expect: no-state-in-variables
}
Object.assign(Votes.prototype, {
  vote(name) {
    this.counts.set(name, (this.counts.get(name) || 0) + 1);
  },
});

function Player(socket) {
  this.socket = socket;
  this.x = 0; // expect: no-state-in-variables
  this.lives = 3;
}
const proto = Player.prototype;
proto.move = function (by) {
  this.x += by;
  this.socket.emit("at", this.x);
};
proto.listen = function () {
  this.socket.on("go", this.move.bind(this));
};

const Table = (function () {
  function Table() {
    this.cards = []; // expect: no-state-in-variables
  }
  Table.prototype.draw = function () {
    return this.cards.pop();
  };
  return Table;
})();

const game = new Game();
const clock = new Clock(io);
const scores = Scores();
const votes = new Votes();
const room = new Room("main");
const lobby = new Lobby(io);
const table = new Table();
const deck = new Deck("main");
const board = new Board();
const online = {}; // expect: no-sockets-in-collections
lobby.listen(); // expect: no-state-in-variables, no-timers

io.on("connection", (socket) => {
  const player = new Player(socket);
  player.listen();
  online[socket.id] = new Player(socket);
  socket.on("join", (name) => {
    game.add({ id: socket.id, name });
    room.Enter(name); // expect: no-state-in-variables
  });
  socket.on("turn", () => clock.turn());
  socket.on("score", (score) => {
    scores.put(score);
    scores.top(score);
  });
  socket.on("vote", (name) => votes.vote(name));
  socket.on("draw", () => socket.emit("card", table.draw()));
  socket.on("take", () => socket.emit("card", deck.take())); // expect: no-state-in-variables
  socket.on("mark", (name) => deck.mark(name)); // expect: no-state-in-variables
  socket.on("put", (stone) => board.put(stone)); // expect: no-state-in-variables
  socket.on("title", () => socket.emit("title", deck.title()));
  socket.on("leave", () => room.close()); // expect: no-state-in-variables
});
