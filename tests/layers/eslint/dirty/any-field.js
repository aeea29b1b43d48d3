// Fields by names that nobody knows, methods by names that clients say, what belongs to an instance, what fills itself.
import { Server } from "socket.io";
const io = new Server();
class Settings { // expect: no-state-in-variables
  static title = "none";
  static set(key, value) {
    this[key] = value;
  }
}
class Options { // expect: no-state-in-variables
  patch(given) {
    Object.assign(this, given);
  }
}
class Api {
  #calls = 0; // expect: no-state-in-variables
  next() {
    this.#calls += 1;
    return this.#calls;
  }
}
const hidden = new WeakMap(); // expect: no-state-in-variables
class Table {
  constructor() {
    hidden.set(this, { bets: 0 });
  }
  bet() {
    hidden.get(this).bets += 1;
  }
}
const rooms = {}; // expect: no-state-in-variables
function room(name) {
  rooms[name] ??= createRoom(name);
  return rooms[name];
}
function createRoom(name) {
  let host;
  return {
    join(id) {
      host ??= id;
      return [name, host];
    },
  };
}
const options = new Options();
const table = new Table();
io.on("connection", (socket) => {
  const api = new Api();
  socket.on("settings", (key, value) => Settings.set(key, value));
  socket.on("options", (given) => options.patch(given));
  socket.on("call", (method, answer) => answer(api[method]()));
  socket.on("bet", () => table.bet());
  socket.on("join", (name) => socket.emit("joined", room(name).join(socket.id)));
});
