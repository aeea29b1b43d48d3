/** Those who play have the same game on their sockets. */
import type { Server, Socket } from "socket.io";

interface Playing extends Socket {
  game?: { moves: string[] };
}

export function setup(io: Server): void {
  io.on("connection", (plain) => {
    const socket = plain as Playing;
    socket.on("begin", () => {
      const game = { moves: [] };
      for (const player of io.sockets.sockets.values()) (player as Playing).game = game;
    });
    socket.on("move", (move) => {
      socket.game?.moves.push(move);
      io.emit("moves", socket.game?.moves);
    });
  });
}
