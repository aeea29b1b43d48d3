/** A game's namespace is made when somebody begins it. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("begin", (id) => {
      const game = io.of(`/game-${id}`);
      game.on("connection", (player) => {
        game.emit("players", game.sockets.size);
        player.on("move", (move) => game.emit("moved", move));
      });
      socket.emit("begun", id);
    });
  });
}
