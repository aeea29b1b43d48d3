// What containers make of classes, they make once.
import { createServer } from "dormouse-io";
import { container, singleton } from "tsyringe";
import { Container } from "typedi";

@singleton()
class Users {
  names: string[] = []; // expect: no-state-in-variables
  add(name: string) {
    this.names.push(name);
    return this.names;
  }
}

class Scores {
  #best = 0; // expect: no-state-in-variables
  note(score: number) {
    this.#best = Math.max(this.#best, score);
    return this.#best;
  }
}

export const Room = createServer((io) => {
  const users = container.resolve(Users);
  io.on("connection", (socket) => {
    socket.on("join", (name: string) => io.emit("users", users.add(name)));
    socket.on("score", (score: number) => io.emit("best", Container.get(Scores).note(score)));
  });
});
