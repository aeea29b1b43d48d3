// What is done to io.data at once, or where it is asked for, a replay undoes.
import { createServer } from "dormouse-io";

export class Game extends createServer((io, { env }) => {
  const players = (io.data.players ??= new Map());
  io.on("connection", async (socket) => {
    const { data } = socket;
    players.set(socket.id, { score: 0 });
    const user = await env.users.find(socket.id);
    data.user = user;
    io.data.players.set(socket.id, { score: 0, user });
    const { games } = io.data;
    games.set(socket.id, []);
    if (!socket.restored) players.set(socket.id, { score: 0, user });
    socket.on("score", async (score: number) => {
      await env.users.find(socket.id);
      players.set(socket.id, { score, user });
    });
    if (socket.restored) return;
    players.delete("nobody");
    socket.emit("welcome", players.size);
  });
}) {}
