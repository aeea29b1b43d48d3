// Collections of a project's own that nothing is lost with: filled where they are made, or made for one event.
import { createServer } from "dormouse-io";

class Words extends Set<string> {
  constructor(words: readonly string[]) {
    super();
    for (const word of words) this.add(word);
  }
}

class Scores extends Map<string, number> {
  count(name: string): this {
    return this.set(name, (this.get(name) ?? 0) + 1);
  }
}

const words = new Words(["cat", "dog"]);

export const Game = createServer((io) => {
  const extra = new Words(["cow"]);
  io.on("connection", (socket) => {
    socket.on("guess", (word) => socket.emit("right", words.has(word) || extra.has(word)));
    socket.on("letters", (word: string) => {
      const scores = new Scores();
      for (const letter of word) scores.count(letter);
      socket.emit("letters", [...scores]);
    });
  });
});
