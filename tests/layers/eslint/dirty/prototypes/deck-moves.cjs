// Methods for the constructor, and the class, of another file.
const { Deck, Board } = require("./deck.cjs");

Deck.prototype.take = function () {
  return this.cards.pop();
};

Object.assign(Deck.prototype, {
  mark(name) {
    const self = this;
    self.marks[name] = true;
  },
});

const moves = Board.prototype;
moves.put = function (stone) {
  this.stones.push(stone);
};

Deck.prototype.title = function () {
  return this.name;
};
