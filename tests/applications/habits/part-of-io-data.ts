/** A game of `io.data` hangs on its players, too. */
import type { Server } from "socket.io";

interface Kept {
  data: { games: Record<string, { moves: number }> };
}

export function setup(io: Server): void {
  const kept = io as unknown as Kept;
  kept.data ??= { games: {} };
  kept.data.games ??= {};
  io.on("connection", (socket) => {
    socket.on("join", (name) => {
      kept.data.games[name] ??= { moves: 0 };
      socket.data.game = kept.data.games[name];
    });
    socket.on("move", () => {
      socket.data.game.moves += 1;
      io.emit("moved", socket.data.game.moves);
    });
  });
}
