/** A player is made for whoever comes, and knows the socket. */
import type { Server, Socket } from "socket.io";

class Player {
  readonly socket: Socket;
  score = 0;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  win(): void {
    this.score += 1;
    this.socket.emit("score", this.score);
  }
}

interface Playing extends Socket {
  player?: Player;
}

export function setup(io: Server): void {
  io.on("connection", (plain) => {
    const socket = plain as Playing;
    socket.player = new Player(socket);
    socket.on("win", () => socket.player?.win());
  });
}
