import { randomUUID } from "node:crypto";
import { createServer } from "dormouse-io";
import { nanoid } from "nanoid";

const COLORS = ["red", "green", "blue"];

function pickColor(): string | undefined {
  return COLORS[Math.floor(Math.random() * COLORS.length)];
}

export class Game extends createServer((io) => {
  const secret = randomUUID(); // expect: no-remade-values
  const startedAt = Date.now(); // expect: no-remade-values

  io.on("connection", async (socket) => {
    const color = pickColor(); // expect: no-remade-values
    const nonce = nanoid(); // expect: no-remade-values
    const joined = new Date(); // expect: no-remade-values
    const role = io.engine.clientsCount === 1 ? "host" : "guest"; // expect: no-remade-values
    const isFirst = (await io.fetchSockets()).length === 1; // expect: no-remade-values
    // biome-ignore lint/suspicious/noAssignInExpressions: as people write it
    const number = (io.data.count = (io.data.count ?? 0) + 1); // expect: no-remade-values
    socket.emit("hello", nonce);
    socket.on("say", (text: string) => io.emit("said", color, number, text));
    socket.on("verify", (given: string, answer: (isRight: boolean) => void) => {
      answer(given === nonce || given === secret);
    });
    socket.on("begin", () => {
      if (role === "host" && isFirst) io.emit("begun", joined, Date.now() - startedAt);
    });
  });
}) {}
