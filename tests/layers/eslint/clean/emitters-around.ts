// Objects that emit and know nothing that changes, around a socket; one on the socket, which keeps the object awake.
import { EventEmitter } from "node:events";
import { createServer } from "dormouse-io";

class Bell extends EventEmitter {
  name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
  ring() {
    this.emit("ring", this.name);
  }
}
class Player extends EventEmitter {
  coins = 0;
  earn() {
    this.coins += 1;
  }
}
class Session {
  views = 0;
  see() {
    this.views += 1;
  }
}

export class Game extends createServer((io) => {
  io.on("connection", (socket) => {
    Object.assign(socket.request, { bell: new Bell("a") });
    (socket.request as { bell?: Bell }).bell = new Bell("b");
    (socket.request as { session?: Session }).session = new Session();
    (socket as { player?: Player }).player = new Player();
    socket.on("ring", () => (socket.request as { bell?: Bell }).bell?.ring());
    socket.on("earn", () => (socket as { player?: Player }).player?.earn());
    socket.on("see", () => (socket.request as { session?: Session }).session?.see());
  });
}) {}
