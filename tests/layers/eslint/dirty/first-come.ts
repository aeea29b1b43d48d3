// Set once, but not to what it would be again.
import { randomUUID } from "node:crypto";
import { createServer } from "dormouse-io";
const words = ["cat", "dog"];
const pick = () => words[Math.floor(Math.random() * words.length)];
const wheel = () => pick();
class Room {
  players: string[] = []; // expect: no-state-in-variables
}
let room: Room | undefined;
let word: string | undefined; // expect: no-state-in-variables
let other: string | undefined; // expect: no-state-in-variables
let owner: string | undefined; // expect: no-state-in-variables
let startedAt: number | null = null; // expect: no-state-in-variables
let secret: string | undefined; // expect: no-state-in-variables
let board: string[] | undefined; // expect: no-state-in-variables
export const Game = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("join", () => {
      room ??= new Room();
      room.players.push(socket.id);
      owner ??= socket.id;
    });
    socket.on("word", (answer) => {
      if (!word) word = pick();
      other ||= wheel();
      answer(word, other);
    });
    socket.on("start", () => {
      if (startedAt === null) startedAt = Date.now();
      secret ??= randomUUID();
    });
    socket.on("move", (cell: number) => {
      board ??= Array(9).fill("");
      board[cell] = "x";
    });
  });
});
