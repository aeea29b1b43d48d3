/** Games in an object by their names, and what a function outside of `setup` makes of one. */
import type { Server } from "socket.io";

interface Game {
  players: string[];
  board: (string | null)[];
}

function makeGame(): Game {
  return { players: [], board: Array(3).fill(null) };
}

export function setup(io: Server): void {
  const games: Record<string, Game> = {};
  const find = (room: string) => games[room];
  io.on("connection", (socket) => {
    let mine = "";
    socket.on("join", async (room, name) => {
      games[room] ??= makeGame();
      games[room].players.push(name);
      mine = room;
      await socket.join(room);
      io.to(room).emit("players", games[room].players, Object.keys(games));
    });
    socket.on("move", (cell) => {
      const game = find(mine);
      if (!game) return;
      game.board[cell] = game.players[0] ?? "nobody";
      const free = game.board.filter((value) => value === null);
      io.to(mine).emit("board", game.board, free.length);
    });
    socket.on("end", () => {
      delete games[mine];
      const rest = Object.values(games).map((game) => game.players.length);
      io.emit("ended", mine, rest, mine in games);
    });
  });
}
