// Each socket has an object of its own, or one that nobody changes.
import { createServer, type Socket } from "dormouse-io";

function seat(socket: Socket, table: { cards: string[] }) {
  socket.data.table = table;
}

export const Games = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("sit", (id: string) => {
      const other = io.sockets.sockets.get(id) as Socket;
      const [mine, theirs] = [{ cards: [] }, { cards: [] }];
      seat(socket, mine);
      seat(other, theirs);
      const rules = { rounds: 3 };
      for (const player of [socket, other]) player.data.rules = rules;
      for (const player of [socket, other]) player.data.hand = { cards: [] };
      Object.assign(socket.data, { bet: { sums: [] } });
      Object.assign(other.data, { bet: { sums: [] } });
      other.data.name = socket.data.name;
      socket.data.score = socket.data.points;
    });
    socket.on("move", (move: string) => {
      socket.data.table.cards.push(move);
      socket.data.hand.cards.push(move);
      socket.data.bet.sums.push(move);
      socket.data.name = move;
    });
  });
});
