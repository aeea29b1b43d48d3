// Objects that keep their socket.
import { createServer, type Socket } from "dormouse-io";

class Player {
  score = 0; // expect: no-state-in-variables
  constructor(
    readonly socket: Socket,
    readonly name: string,
  ) {
    socket.on("hit", () => this.hit());
  }
  hit(): void {
    this.score += 1;
    this.socket.emit("score", this.score);
  }
}

export const Game = createServer((io) => {
  const players = new Map<string, Player>(); // expect: no-sockets-in-collections
  let host: Socket | undefined; // expect: no-sockets-in-collections

  io.on("connection", (socket) => {
    host ??= socket;
    if (!host.connected) host = socket;
    players.set(socket.id, new Player(socket, socket.handshake.auth.name));
    socket.on("disconnect", () => players.delete(socket.id));
  });
});
