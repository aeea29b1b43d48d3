/** What a client has earned is in a private field of an object in its data. */
import type { Server } from "socket.io";

class Purse {
  #coins = 0;

  earn(coins: number): number {
    this.#coins += coins;
    return this.#coins;
  }
}

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.data.purse = new Purse();
    socket.on("earn", (coins) => socket.emit("has", socket.data.purse.earn(coins)));
  });
}
