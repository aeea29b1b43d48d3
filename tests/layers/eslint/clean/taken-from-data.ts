// What is taken from data, and put back there whenever it changes; what is made of data that nobody changes.
import { createServer, type Server } from "dormouse-io";

class Rooms {
  #io: Server;
  count: number;
  constructor(io: Server) {
    this.#io = io;
    this.count = io.data.count ?? 0;
  }
  open() {
    this.count += 1;
    this.#io.data.count = this.count;
  }
}

export class Game extends createServer((io) => {
  const rooms = new Rooms(io);
  let moves = io.data.moves ?? 0;
  let score = io.data.score ?? 0;
  const log: string[] = io.data.log ?? [];
  io.data.log = log;
  const seen = new Set<string>(io.data.seen ?? []);
  const rules = `${io.data.rules.length} rules`;
  const save = () => {
    io.data.score = score;
  };

  io.on("connection", (socket) => {
    let name = socket.data.name ?? "nobody";
    let { room = "lobby", lives = 3 } = socket.data;
    const before = io.data.moves === 0;
    if (before) socket.emit("first");
    socket.on("name", (given: string) => {
      name = given;
      socket.data.name = given;
      io.emit("said", name);
    });
    socket.on("rename", (given: string) => {
      socket.data.name = name = given.trim();
    });
    socket.on("enter", (to: string) => {
      if (to === room) return;
      if (to) room = to;
      Object.assign(socket.data, { room });
      socket.join(room);
      rooms.open();
    });
    socket.on("hit", () => {
      if (lives > 0) {
        lives--;
        socket.data.lives = lives;
      }
    });
    socket.on("move", (move: string) => {
      io.data.moves = ++moves;
      score += move.length;
      save();
      log.push(move);
      seen.add(move);
      io.data.seen = [...seen];
      io.emit("moved", moves, score, rules);
    });
  });
}) {}
