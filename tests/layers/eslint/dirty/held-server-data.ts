import { createServer } from "dormouse-io";

export class Game extends createServer((io) => {
  io.data.players ??= new Map();
  const { players } = io.data;
  const scores = (io.data.scores ??= {});
  io.on("connection", (socket) => {
    socket.on("load", (id: string) => {
      fetch(`https://players.example/${id}`).then(async (answer) => {
        players.set(id, await answer.text()); // expect: no-held-data
      });
      fetch("https://scores.example").catch(() => {
        scores[id] = 0; // expect: no-held-data
      });
    });
    socket.on("later", (id: string) => {
      setTimeout(() => players.delete(id), 500); // expect: no-held-data
    });
  });
}) {}
