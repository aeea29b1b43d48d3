/** Each has its player, and all are in one list. */
import type { Server } from "socket.io";

interface Kept {
  data: { players: Record<string, { wins: number }> };
}

export function setup(io: Server): void {
  const kept = io as unknown as Kept;
  kept.data ??= { players: {} };
  kept.data.players ??= {};
  io.on("connection", (socket) => {
    socket.on("enter", (name) => {
      socket.data.player = { wins: 0 };
      kept.data.players[name] = socket.data.player;
    });
    socket.on("win", () => {
      socket.data.player.wins += 1;
      io.emit("players", kept.data.players);
    });
  });
}
