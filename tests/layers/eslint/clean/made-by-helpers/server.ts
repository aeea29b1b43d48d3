// Helpers that make plain data, and what the connection listener makes again as it was.
import { createServer } from "dormouse-io";
import _ from "lodash";

const makeHand = (cards: number[]) => ({ cards, played: cards.length });
const greetings = (name: string) => ({ greet: () => `I am ${name}` });

function debounced(call: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(call, 100);
  };
}

class Cart {
  constructor(private readonly amounts: number[]) {}
  values(): number[] {
    return [...this.amounts];
  }
}

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.data.greetings = greetings(socket.id);
    socket.data.tell = debounced(() => io.emit("moved", socket.id));
    socket.on("play", (done: (cards: number[]) => void) => {
      const hand = makeHand([1, 2, 3]);
      socket.data.hand = hand;
      socket.data.list = _.values(hand);
      socket.data.all = [...new Map([[1, 2]]).values()];
      socket.data.cart = new Cart(hand.cards).values();
      const player = { name: "" };
      player.name = "one";
      socket.data.player = player;
      done(hand.cards);
    });
  });
});
