// What is put there again, what a copy has, and what is not kept at all.
import { createServer } from "dormouse-io";

const kUser = Symbol("user");
const RULES = Object.freeze({ words: 3 });
const KEY = "name";

const listOf = (x: number, y: number) => ({ first: x, all: [x, y], at: new Date() });
class Point {
  constructor(
    public x: number,
    public y: number,
  ) {}
}
class Board {
  cells: number[] = [];
  static of(data: object) {
    return Object.assign(new Board(), data);
  }
  draw() {
    return this.cells.join("");
  }
}

export class Game extends createServer((io) => {
  io.data.board = Board.of(io.data.board ?? {});
  io.use((socket, next) => {
    Object.defineProperty(socket.data, "token", { value: socket.handshake.auth.token });
    next();
  });
  io.on("connection", (socket) => {
    (socket as never)[kUser] = socket.data.name;
    socket.data.greet = () => socket.emit("hello");
    socket.data.board = new Board();
    Object.defineProperty(socket, "name", { get: () => socket.data.name });
    socket.on("move", (x: number, y: number) => {
      socket.data.at = new Point(x, y);
      socket.data[KEY] = String(x);
      socket.data.rules = Object.freeze({ ...RULES });
      Object.defineProperty(socket.data, "moved", { value: true, enumerable: true, writable: true });
      io.data.seen ??= new Set();
      io.data.seen.add(new Date());
      io.data.moves = listOf(x, y);
      const board = new Board();
      const list = [() => board.draw()];
      list.push(() => "");
      const local = { [kUser]: 1 };
      Object.defineProperty(local, "hidden", { value: 1 });
      io.emit("drawn", list.map((draw) => draw()), local);
    });
  });
}) {}
