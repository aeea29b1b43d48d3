// Cards in an order that chance makes: dealt on in another one after a sleep.
import { createServer } from "dormouse-io";

function shuffle<T>(cards: T[]): T[] {
  for (let at = cards.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1));
    [cards[at], cards[other]] = [cards[other] as T, cards[at] as T];
  }
  return cards;
}

function shuffled<T>(cards: readonly T[]): T[] {
  const copy = cards.slice();
  copy.sort(() => Math.random() - 0.5);
  return copy;
}

const deck = shuffle([1, 2, 3]); // expect: no-remade-values
const given = [1, 2, 3]; // expect: no-remade-values
shuffle(given);
const sorted = [1, 2, 3].sort(() => Math.random() - 0.5); // expect: no-remade-values

export const Room = createServer((io) => {
  const own = shuffled([1, 2, 3]); // expect: no-remade-values
  io.on("connection", (socket) => {
    const hand = shuffled([1, 2, 3]); // expect: no-remade-values
    socket.on("card", (at: number, done: (...cards: unknown[]) => void) => {
      done(deck[at], given[at], sorted[at], own[at], hand[at]);
    });
  });
});
