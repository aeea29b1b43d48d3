// Copies of what nobody replaces, or that nobody reads later.
import { createServer } from "dormouse-io";

export class Game extends createServer((io) => {
  io.data.players ??= new Map();
  io.data.round ??= 1;
  const { players, rules } = io.data;
  const first = io.data.round;
  console.log(first);
  io.on("connection", (socket) => {
    const { user } = socket.data;
    const before = io.data.round;
    socket.emit("round", before, rules);
    socket.on("say", (text: string) => io.emit("said", user, text));
    socket.on("rename", (other: string) => {
      socket.data.name = other;
    });
    socket.on("next", () => {
      const { round } = io.data;
      io.data.round = round + 1;
      players.set(socket.id, round);
      io.data.players = players;
      setTimeout(() => io.emit("round", round), 10);
    });
  });
}) {}
