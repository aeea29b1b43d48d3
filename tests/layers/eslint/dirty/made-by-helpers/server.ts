// Functions that get into data by a variable or a helper, and what goes on where it has stopped.
import { createServer } from "dormouse-io";
import { makePlayer } from "./players.ts";

const makeHand = (cards: number[]) => ({ cards, play: () => cards.length });

function* turns(): Generator<number> {
  for (let turn = 0; ; turn += 1) yield turn;
}

function makeCounter(): () => number {
  let count = 0; // expect: no-state-in-variables
  return () => {
    count += 1;
    return count;
  };
}

const count = makeCounter();

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.data.turns = turns(); // expect: no-unkept-values
    socket.data.words = ["one", "two"].values(); // expect: no-unkept-values
    socket.data.count = makeCounter(); // expect: no-unkept-values
    socket.on("play", (name: string, done: (turn: unknown) => void) => {
      socket.data.player = makePlayer(name); // expect: no-unkept-values
      const hand = makeHand([1, 2, 3]);
      socket.data.hand = hand; // expect: no-unkept-values
      socket.data.held = { hand }; // expect: no-unkept-values
      const game: { end?: () => void } = {};
      game.end = () => io.emit("end");
      socket.data.game = game; // expect: no-unkept-values
      socket.data.later = turns(); // expect: no-unkept-values
      done([socket.data.turns.next(), socket.data.count(), socket.data.words.next(), count()]);
    });
  });
});
