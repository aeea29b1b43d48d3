// Cards in an order that is kept, or that nobody has made by chance.
import { createServer } from "dormouse-io";

const COLORS = ["red", "green", "blue"];
const CARDS = COLORS.map((color, at) => ({ color, at })).sort((one, other) => one.at - other.at);

function shuffle<T>(cards: T[]): T[] {
  cards.sort(() => Math.random() - 0.5);
  return cards;
}

/** Gives what it was given, whatever chance it has used beside. */
function logged<T>(cards: T[]): T[] {
  console.log(Math.random(), cards.length);
  return cards;
}

const ALL = logged([...CARDS]);

export const Room = createServer((io) => {
  io.data.deck ??= shuffle([...CARDS]);
  io.on("connection", (socket) => {
    socket.on("card", (at: number, done: (...cards: unknown[]) => void) => {
      const mine = shuffle([...ALL]);
      done(io.data.deck[at], mine[at], CARDS[at]);
    });
  });
});
