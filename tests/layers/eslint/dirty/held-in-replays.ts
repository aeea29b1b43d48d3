// What a connection listener does behind an await to what it holds, a replay does again.
import { createServer } from "dormouse-io";

export class Game extends createServer((io, { env }) => {
  const players = (io.data.players ??= new Map());
  const { waiting } = io.data;
  async function enter(id: string) {
    const { name } = await env.users.find(id);
    players.set(id, { name, score: 0 }); // expect: no-held-data
  }
  io.use(async (socket, next) => {
    await env.users.find(socket.handshake.auth.id);
    waiting.push(socket.id); // expect: no-held-data
    next();
  });
  io.on("connection", async (socket) => {
    const { total } = io.data;
    await enter(socket.id);
    total.logins += 1; // expect: no-held-data
    const games = io.data.games;
    games.clear();
    await env.users.find(socket.id).then(() => {
      games.set(socket.id, []); // expect: no-held-data
    });
    socket.on("leave", () => players.delete(socket.id));
  });
  io.of("/chat").on("connection", (socket) =>
    env.users.find(socket.id).then((user: { name: string }) => {
      players.get(socket.id).name = user.name; // expect: no-held-data
      players.delete(socket.id); // expect: no-held-data
    }),
  );
}) {}
