// One object for two sockets, however they are given it.
import { createServer, type Socket } from "dormouse-io";

function seat(socket: Socket, table: { cards: string[] }) {
  socket.data.table = table; // expect: no-held-data
}

export const Games = createServer((io) => {
  io.on("connection", (socket) => {
    const opponent = (id: string) => io.sockets.sockets.get(id) as Socket;
    socket.on("sit", (id: string) => {
      const table = { cards: [] };
      seat(socket, table);
      seat(opponent(id), table);
    });
    socket.on("match", (id: string) => {
      const other = io.sockets.sockets.get(id) as Socket;
      const match = { moves: [] };
      for (const player of [socket, other]) player.data.match = match; // expect: no-held-data
      const duel = { moves: [] };
      [socket, other].forEach((player) => {
        player.data.duel = duel; // expect: no-held-data
      });
      const round = { moves: [] };
      socket.data.round = other.data.round = round; // expect: no-held-data, no-held-data
      const bet = { sums: [] };
      Object.assign(socket.data, { bet }); // expect: no-held-data
      Object.assign(other.data, { bet, at: 1 }); // expect: no-held-data
      socket.data.board = { fields: [] };
      other.data.board = socket.data.board; // expect: no-held-data
    });
    socket.on("move", (move: string) => {
      socket.data.table.cards.push(move);
      socket.data.match.moves.push(move);
      socket.data.duel.moves.push(move);
      socket.data.round.moves.push(move);
      socket.data.bet.sums.push(move);
      socket.data.board.fields.push(move);
    });
  });
});
