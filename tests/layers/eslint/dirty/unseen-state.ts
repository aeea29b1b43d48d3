// Objects that connection listeners make again, and that keep what they know where nobody sees it.
import { createServer, type Socket } from "dormouse-io";

class Purse {
  #coins = 0;
  readonly #log: string[] = [];
  earn(coins: number): number {
    this.#coins += coins;
    return this.#coins;
  }
  note(text: string): void {
    this.#log.push(text);
  }
}

class GoldenPurse extends Purse {
  colour = "gold";
}

class Journal {
  readonly #lines: string[] = [];
  add(line: string): void {
    this.#lines.push(line);
  }
}

type Client = Socket & { journal?: Journal; filter?: URLSearchParams; search?: AbortController };

export const Shop = createServer((io) => {
  io.use((socket: Client, next) => {
    socket.journal = new Journal(); // expect: no-unkept-values
    next();
  });
  io.on("connection", (socket: Client) => {
    socket.data.purse = new Purse(); // expect: no-unkept-values
    socket.data.golden ??= new GoldenPurse(); // expect: no-unkept-values
    socket.filter = new URLSearchParams(); // expect: no-unkept-values
    socket.search = new AbortController(); // expect: no-unkept-values
    socket.on("earn", (coins) => socket.emit("coins", socket.data.purse.earn(coins)));
    socket.on("filter", (name, value) => socket.filter?.set(name, value));
    socket.on("stop", () => socket.search?.abort());
    socket.on("note", (text) => {
      socket.journal?.add(text);
      socket.data.golden.note(text);
    });
  });
});
