import type { Server } from "dormouse-io";
import { registerQuiz } from "./quiz.ts";

export function registerSockets(io: Server): void {
  io.on("connection", (socket) => registerQuiz(io, socket));
}
