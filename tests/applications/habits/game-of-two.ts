/** Those who play have the same game in their data. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("begin", () => {
      const game = { moves: [] as string[] };
      for (const player of io.sockets.sockets.values()) player.data.game = game;
    });
    socket.on("move", (move) => {
      const { game } = socket.data;
      game.moves.push(move);
      io.emit("moves", game.moves);
    });
  });
}
