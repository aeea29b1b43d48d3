// One object on several sockets, on a socket and around it, or in `io.data` and on sockets.
import { createServer, type Socket } from "dormouse-io";

interface Playing extends Socket {
  game?: { turn: number };
  user?: User;
}

class User {
  hits = 0;
  hit() {
    this.hits += 1;
  }
}

const makeBoard = () => ({ squares: Array<string>(9).fill("") });

export const Games = createServer((io) => {
  io.data.games ??= {};
  io.data.rooms ??= new Map();
  io.use((socket: Playing, next) => {
    const user = new User();
    socket.user = user; // expect: no-held-data
    Object.assign(socket.request, { label: "none" });
    (socket.request as unknown as { user: object }).user = user;
    next();
  });
  io.on("connection", (socket: Playing) => {
    socket.on("hit", () => {
      socket.user?.hit();
      if (socket.user) socket.user.hits += 1;
    });
    socket.on("challenge", (id) => {
      const other = io.sockets.sockets.get(id) as Playing;
      const game = { turn: 0 };
      socket.game = game; // expect: no-held-data
      other.game = game; // expect: no-held-data
    });
    socket.on("move", () => {
      const { game } = socket;
      if (game) game.turn += 1;
    });
    socket.on("board", () => {
      const board = makeBoard();
      for (const player of io.sockets.sockets.values()) player.data.board = board; // expect: no-held-data
    });
    socket.on("mark", (square) => {
      socket.data.board.squares[square] = "x";
    });
    socket.on("join", (name) => {
      const mine = (io.data.games[name] ??= { scores: {} });
      socket.data.mine = mine; // expect: no-held-data
      socket.data.room = io.data.rooms.get(name); // expect: no-held-data
    });
    socket.on("score", () => {
      socket.data.mine.scores[socket.id] = 1;
      socket.data.room.score += 1;
    });
  });
});
