// Copies of what others replace.
import { createServer } from "dormouse-io";

export class Game extends createServer((io) => {
  const round = io.data.round ?? 1; // expect: no-remade-values
  const { title, settings: { speed = 1 } } = io.data; // expect: no-remade-values, no-remade-values
  const players = (io.data.players ??= new Map()); // expect: no-remade-values
  io.on("connection", (socket) => {
    const { name } = socket.data; // expect: no-remade-values
    const turn = io.data.turn; // expect: no-remade-values
    socket.emit("title", title, speed);
    socket.on("ask", (answer) => answer(round, turn, players.size));
    socket.on("say", (text: string) => io.emit("said", name, text));
    socket.on("rename", (other: string) => {
      socket.data.name = other;
    });
    socket.on("next", () => {
      io.data.round += 1;
      io.data.turn++;
      io.data.players = new Map();
    });
    socket.on("set up", (title: string, settings: object) => {
      io.data.title = title;
      io.data.settings = settings;
    });
  });
}) {}
