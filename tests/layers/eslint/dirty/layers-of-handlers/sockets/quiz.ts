import type { Server, Socket } from "dormouse-io";
import { quiz } from "../services/index.ts";

export function registerQuiz(io: Server, socket: Socket): void {
  socket.on("next", () => io.emit("question", quiz.next())); // expect: no-state-in-variables
}
