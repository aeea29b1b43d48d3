// Private fields that only the constructor sets, and fields that are seen.
import type { Server, Socket } from "socket.io";

class Player {
  readonly #socket: Socket;
  #title: string;
  coins = 0;
  constructor(socket: Socket, title: string) {
    this.#socket = socket;
    this.#title = title.trim();
    this.#title ||= "player";
  }
  earn(coins: number): void {
    this.coins += coins;
    this.#socket.emit("coins", this.#title, this.coins);
  }
}

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.data.player = new Player(socket, "player");
    socket.data.link = new Date();
    socket.on("earn", (coins) => socket.data.player.earn(coins));
  });
}
