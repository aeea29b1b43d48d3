// What is found out once is kept; what is found out for the moment is not needed later.
import { randomUUID } from "node:crypto";
import { createServer } from "dormouse-io";

const COLORS = ["red", "green", "blue"];
const pick = () => COLORS[Math.floor(Math.random() * COLORS.length)];

export class Game extends createServer((io) => {
  io.data.secret ??= randomUUID();
  const secret = (io.data.secret ??= randomUUID());
  const { players } = io.data;

  io.on("connection", (socket) => {
    const color = (socket.data.color ??= pick());
    const number = socket.data.number ?? io.engine.clientsCount;
    socket.data.number = number;
    const greeting = `${Math.random()}`;
    const since = socket.handshake.issued;
    socket.emit("hello", greeting, randomUUID());
    socket.on("say", async (text: string) => {
      const at = Date.now();
      const everybody = await io.fetchSockets();
      io.emit("said", color, number, text, at - since, players);
      everybody.filter(({ id }) => id !== socket.id).map(({ data }) => data.last === at);
    });
    socket.on("verify", (given, answer) => answer(given === secret));
  });
}) {}
