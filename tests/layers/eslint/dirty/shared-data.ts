// Players share a game that hangs on each of them, until they have slept.
import { createServer } from "dormouse-io";

const lobby = { names: [] as string[] };

export const Games = createServer((io) => {
  const queue: string[] = [];
  io.on("connection", (socket) => {
    socket.data.lobby = lobby; // expect: no-held-data
    socket.data.queue = queue; // expect: no-held-data
    socket.on("enter", (name) => {
      socket.data.lobby.names.push(name);
      socket.data.queue.push(name);
    });
    socket.on("open", async (room) => {
      const game = { moves: [] as string[], turn: 0 };
      for (const player of io.sockets.sockets.values()) player.data.game = game; // expect: no-held-data
      const score = { home: 0 };
      (await io.in(room).fetchSockets()).forEach((player) => {
        player.data.score = score; // expect: no-held-data
      });
    });
    socket.on("challenge", (id) => {
      const duel = { turn: 0 };
      socket.data.duel = duel; // expect: no-held-data
      const other = io.sockets.sockets.get(id);
      if (other) other.data.duel = duel; // expect: no-held-data
    });
    socket.on("move", (move) => {
      socket.data.game.moves.push(move);
      const { score } = socket.data;
      score.home += 1;
      socket.data.duel.turn += 1;
    });
  });
});
