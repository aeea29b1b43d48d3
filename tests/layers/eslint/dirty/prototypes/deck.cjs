// A constructor whose methods are in another file.
function Deck(name) {
  this.name = name;
  this.cards = [];
  this.marks = {};
}

class Board {
  constructor() {
    this.stones = [];
  }
}

module.exports = { Deck, Board };
