/** An emitter of the server's hears once that the game begins. */
import { EventEmitter } from "node:events";
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const game = new EventEmitter();
  game.once("begin", () => io.emit("begun"));
  io.on("connection", (socket) => {
    socket.on("begin", () => {
      game.emit("begin");
      socket.emit("heard");
    });
  });
}
