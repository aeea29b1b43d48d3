// Listeners of emitters of the application run later, though they are registered at once.
const { EventEmitter } = require("node:events");
const { Server } = require("socket.io");
const io = new Server(3000);
const bus = new EventEmitter();
let finished = 0; // expect: no-state-in-variables
bus.on("finished", () => {
  finished++;
  io.emit("finished", finished);
});
class Room extends EventEmitter {
  players = 0; // expect: no-state-in-variables
  constructor() {
    super();
    this.on("join", () => {
      this.players++;
    });
  }
}
const room = new Room();
io.on("connection", (socket) => {
  socket.on("finish", () => bus.emit("finished"));
  socket.on("join", () => room.emit("join"));
});
