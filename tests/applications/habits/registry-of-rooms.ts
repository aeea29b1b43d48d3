/** Games in an object: who plays, whose turn it is. */
import type { Server } from "socket.io";

interface Game {
  players: string[];
  turn: number;
}

export function setup(io: Server): void {
  const games: Record<string, Game> = {};
  io.on("connection", (socket) => {
    socket.on("join", (room) => {
      games[room] ??= { players: [], turn: 0 };
      games[room].players.push(socket.id);
      socket.join(room);
      io.to(room).emit("players", games[room].players.length);
    });
    socket.on("move", (room) => {
      const game = games[room];
      if (game === undefined) socket.emit("no game");
      else io.to(room).emit("turn", ++game.turn);
    });
  });
}
