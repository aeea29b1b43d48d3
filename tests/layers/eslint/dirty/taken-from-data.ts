// What is taken from data, and not put back there; what is made of data that others change.
import { createServer, type Server } from "dormouse-io";

const COLORS = ["red", "green", "blue"];

class Rooms {
  #io: Server;
  count: number; // expect: no-state-in-variables
  constructor(io: Server) {
    this.#io = io;
    this.count = io.data.count ?? 0;
  }
  open() {
    this.count += 1;
    this.#io.emit("rooms", this.count);
  }
}

export class Game extends createServer((io) => {
  const rooms = new Rooms(io);
  let moves = io.data.moves ?? 0; // expect: no-state-in-variables
  let score = io.data.score ?? 0; // expect: no-state-in-variables
  let turn = io.data.turn ?? 0; // expect: no-state-in-variables
  const log: string[] = io.data.log ?? []; // expect: no-state-in-variables
  const { names = new Map() } = io.data; // expect: no-state-in-variables
  const length = io.data.lines.length; // expect: no-remade-values
  const title = `${io.data.name}!`; // expect: no-remade-values
  const seen = new Set(io.data.seen); // expect: no-remade-values

  io.on("connection", (socket) => {
    const isHost = io.data.players.size === 0; // expect: no-remade-values
    const color = COLORS[io.data.players.size % COLORS.length]; // expect: no-remade-values
    const others = Object.keys(io.data.users).filter((id) => id !== socket.id); // expect: no-remade-values
    io.data.players.add(socket.id);
    socket.on("move", (move: string, isFinal: boolean) => {
      moves++;
      turn += 1;
      if (isFinal) io.data.turn = turn;
      io.data.score = score;
      score += 1;
      log.push(move);
      names.set(socket.id, move);
      io.data.lines.push(move);
      io.data.name = move;
      io.data.seen.add(move);
      io.data.users[socket.id] = move;
      rooms.open();
      io.emit("moved", moves, length, title, seen, isHost, color, others);
    });
    socket.on("leave", () => io.data.players.delete(socket.id));
  });
}) {}
