// Fields of a class itself.
import { Server } from "socket.io";
class Game {
  static count = 0; // expect: no-state-in-variables
  static #open = new Map<string, number>(); // expect: no-state-in-variables
  static join(id: string) {
    Game.count++;
    this.#open.set(id, Game.count);
  }
}
const io = new Server(3000);
io.on("connection", (socket) => {
  socket.on("join", () => Game.join(socket.id));
});
