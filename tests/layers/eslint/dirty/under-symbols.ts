// Maps and lists under symbols, in objects of classes and on the server.
import { createServer } from "dormouse-io";

const BOX = Symbol("box");
const WORDS = Symbol.for("words");

class Shelf {
  [BOX] = new Map<string, number>(); // expect: no-state-in-variables
  static [WORDS]: string[] = []; // expect: no-state-in-variables
  put(name: string) {
    this[BOX].set(name, (this[BOX].get(name) ?? 0) + 1);
    Shelf[WORDS].push(name);
    return this[BOX].size;
  }
}
const shelf = new Shelf();

export const Room = createServer((io) => {
  const server = io as typeof io & { [BOX]: string[] };
  server[BOX] = []; // expect: no-state-in-variables
  io.on("connection", (socket) => {
    socket.on("put", (name: string) => {
      server[BOX].push(name);
      io.emit("count", shelf.put(name));
    });
  });
});
