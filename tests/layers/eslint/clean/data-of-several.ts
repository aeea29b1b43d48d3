// What several sockets get is not changed afterwards, or is made for each of them.
import { createServer } from "dormouse-io";

export const Games = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("open", (name) => {
      const info = { name, opened: true };
      for (const player of io.sockets.sockets.values()) {
        const hand = { cards: [] as string[] };
        player.data.info = info;
        player.data.hand = hand;
        player.data.turn = 0;
      }
    });
    socket.on("draw", (card) => {
      socket.data.hand.cards.push(card);
      socket.data.turn += 1;
      socket.data.info = { name: socket.data.info.name, opened: false };
    });
  });
});
