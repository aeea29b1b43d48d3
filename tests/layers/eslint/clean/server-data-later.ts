// The server's data is asked for where it is changed; what is changed at once, or waited for, may be held.
import { createServer } from "dormouse-io";

export class Game extends createServer((io) => {
  io.data.players ??= new Map();
  const { players } = io.data;
  io.sockets.setMaxListeners(20);
  io.on("connection", (socket) => {
    socket.on("move", (id: string, place: number) => void players.set(id, place));
    socket.on("load", async (id: string) => {
      const answer = await fetch(`https://players.example/${id}`);
      players.set(id, await answer.text());
      fetch("https://log.example").then(() => {
        io.data.players.delete(id);
        io.data.last = id;
      });
    });
    socket.on("leave", () => {
      socket.data.left = true;
      io.sockets.sockets.get(socket.id)?.leave("game");
    });
  });
}) {}
