// A room that inherits from a base, as before there were classes.
const util = require("node:util");

function Base(name) {
  this.name = name;
  this.isOpen = true;
}
Base.prototype.close = function () {
  this.isOpen = false;
};

function Room(name) {
  Base.call(this, name);
  this.members = [];
}
util.inherits(Room, Base);

Room.prototype.Enter = function (name) {
  this.members.push(name);
};

module.exports = Room;
