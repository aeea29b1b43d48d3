// Constructors of functions with prototypes that keep nothing, or what is made anew.
const { Server } = require("socket.io");
const { EventEmitter } = require("node:events");
const { inherits } = require("node:util");
const { Chat } = require("./chat.cjs");
const io = new Server(3000);

function Message(from, text) {
  this.from = from;
  this.text = text;
}
Message.prototype.shout = function () {
  this.text = this.text.toUpperCase();
  return this;
};

function Bus() {
  EventEmitter.call(this);
  this.name = "bus";
}
inherits(Bus, EventEmitter);

function Rules() {
  this.words = 3;
}
Rules.prototype = Object.create(Object.prototype);
Rules.prototype.allow = function (text) {
  return text.split(" ").length <= this.words;
};
Rules.prototype.language = "en";

function Turn(player) {
  const self = this;
  self.player = player;
  self.moves = [];
  self.move = function (move) {
    self.moves.push(move);
  };
}

const bus = new Bus();
const rules = new Rules();
new Chat(io).listen();
bus.on("news", (text) => io.emit("news", text));

io.on("connection", (socket) => {
  socket.on("say", (text) => {
    if (!rules.allow(text)) return;
    io.emit("said", new Message(socket.id, text).shout());
  });
  socket.on("play", (moves) => {
    const turn = new Turn(socket.id);
    for (const move of moves) turn.move(move);
    io.emit("played", turn.moves);
  });
});
