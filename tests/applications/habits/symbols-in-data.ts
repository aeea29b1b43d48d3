/** A library's notes are in `socket.data`, under symbols. */
import type { Server } from "socket.io";

const SCORE = Symbol("score");

interface Game {
  [SCORE]: number;
}

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("begin", () => {
      socket.data.games = { chess: { [SCORE]: 0 } satisfies Game };
    });
    socket.on("score", () => {
      const game: Game = socket.data.games.chess;
      game[SCORE] += 1;
      socket.emit("score", game[SCORE]);
    });
  });
}
