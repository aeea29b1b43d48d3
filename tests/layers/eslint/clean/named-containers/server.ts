// What a container makes without state, and what it gives that leads outside.
import { asClass, asFunction, asValue, createContainer } from "awilix";
import { createServer, type Socket } from "dormouse-io";
import { Pool } from "pg";

class Greetings {
  readonly #word: string;
  readonly #rows: Pool;
  constructor(word: string, rows: Pool) {
    this.#word = word;
    this.#rows = rows;
  }
  async greet(socket: Socket, name: string) {
    socket.data.name = name;
    await this.#rows.query("insert into greeted values ($1)", [name]);
    socket.emit("greeting", this.#word, name);
  }
}

const container = createContainer({ injectionMode: "CLASSIC" });
container.register({
  word: asValue("hello"),
  rows: asFunction(() => new Pool()).singleton(),
  greetings: asClass(Greetings).singleton(),
});

export const Room = createServer((io) => {
  const { greetings } = container.cradle;
  io.on("connection", (socket) => {
    socket.on("hello", (name: string) => greetings.greet(socket, name));
  });
});
