// Objects that emit on the request, the handshake, the client or the connection: what they know is lost.
import { EventEmitter } from "node:events";
import { createServer } from "dormouse-io";

class Player extends EventEmitter {
  coins = 0;
  earn() {
    this.coins += 1;
    this.emit("rich", this.coins);
  }
}
class Rogue extends Player {}
class Inventory extends EventEmitter {
  items: string[] = [];
  take(item: string) {
    this.items.push(item);
  }
}
interface Around {
  player?: Player;
  rogue?: Player;
  inventory?: Inventory;
}

export class Game extends createServer((io) => {
  io.use((socket, next) => {
    (socket.request as Around).player = new Player(); // expect: no-unkept-values
    next();
  });
  io.on("connection", (socket) => {
    const inventory = new Inventory();
    (socket.handshake as Around).inventory = inventory; // expect: no-unkept-values
    (socket.conn as Around).rogue = new Rogue(); // expect: no-unkept-values
    socket.on("earn", () => (socket.request as Around).player?.earn());
    socket.on("take", (item: string) => (socket.handshake as Around).inventory?.take(item));
  });
}) {}
