// What listeners put into data, and on sockets, and no copy has: symbols, what is hidden, functions, instances.
import { createServer } from "dormouse-io";
import { Chess } from "chess.js";
import { kSecret } from "./symbols.ts";

const kUser = Symbol("user");

class Player {
  constructor(public name: string) {}
  shout() {
    return this.name.toUpperCase();
  }
}
const makeBoard = () => ({ cells: [] as string[], draw: (cell: string) => cell });
class Bot extends Player {}

export class Game extends createServer((io) => {
  io.data.players ??= new Map();
  io.data.host ??= new Player("host"); // expect: no-unkept-values
  const { players } = io.data;
  io.on("connection", (socket) => {
    const { data } = socket;
    io.data.last = new Player(socket.id); // expect: no-unkept-values
    if (!socket.restored) socket.data.greet = () => socket.emit("hello"); // expect: no-unkept-values
    socket.on("login", (name, callback) => {
      (socket as never)[kUser] = name; // expect: no-unkept-values
      socket.data[Symbol("x")] = name; // expect: no-unkept-values
      socket.data.user[kSecret] = name; // expect: no-unkept-values
      data.user = { name, [kSecret]: 1 }; // expect: no-unkept-values
      Object.defineProperty(socket, "name", { value: name }); // expect: no-unkept-values
      Object.defineProperties(data.user, { a: { value: 1, enumerable: true }, b: { get: () => name } }); // expect: no-unkept-values
      Reflect.defineProperty(io.data.players, "owner", { value: name, enumerable: false }); // expect: no-unkept-values
      Object.defineProperty(socket.data, kUser, { value: name, enumerable: true }); // expect: no-unkept-values
      socket.data.answer = callback; // expect: no-unkept-values
      Object.assign(socket.data, { name, log: console.log, leave() {} }); // expect: no-unkept-values
    });
    socket.on("play", (name) => {
      const player = new Player(name);
      socket.data.player = player; // expect: no-unkept-values
      players.set(socket.id, { player }); // expect: no-unkept-values
      io.data.bots.push(new Bot(name)); // expect: no-unkept-values
      io.data.chess = new Chess(); // expect: no-unkept-values
      io.data.boards.set(name, makeBoard()); // expect: no-unkept-values
    });
  });
}) {}
