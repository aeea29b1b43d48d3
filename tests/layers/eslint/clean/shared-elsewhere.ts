// What is in several places of one client, or never changed there, and names of what is in `io.data`.
import { createServer, type Socket } from "dormouse-io";

interface Known extends Socket {
  user?: { name: string; moves: number };
}

export const Games = createServer((io) => {
  io.data.games ??= {};
  io.use((socket: Known, next) => {
    const user = { name: String(socket.handshake.auth.name), moves: 0 };
    socket.user = user;
    (socket.request as unknown as { user: object }).user = user;
    socket.data.user = user;
    next();
  });
  io.on("connection", (socket: Known) => {
    socket.on("join", (name) => {
      io.data.games[name] ??= { turn: 0 };
      socket.data.game = name;
      socket.data.turn = io.data.games[name].turn;
    });
    socket.on("move", () => {
      io.data.games[socket.data.game].turn += 1;
      socket.data.turn += 1;
      if (socket.user) socket.user.moves += 1;
    });
  });
});
