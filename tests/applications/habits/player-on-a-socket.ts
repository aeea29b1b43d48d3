/** A player is an object with methods. */
import type { Server, Socket } from "socket.io";

class Player {
  readonly name: string;
  #score = 0;

  constructor(name: string) {
    this.name = name;
  }

  win(): number {
    this.#score += 1;
    return this.#score;
  }
}

interface Playing extends Socket {
  player?: Player;
}

export function setup(io: Server): void {
  io.on("connection", (plain) => {
    const socket = plain as Playing;
    socket.on("name", (name) => {
      socket.player = new Player(name);
    });
    socket.on("win", () => io.emit("score", socket.player?.name, socket.player?.win()));
  });
}
