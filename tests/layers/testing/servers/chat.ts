import { setTimeout as pause } from "node:timers/promises";
import { createServer } from "../../../../durable-objects/node/index.ts";
import { names } from "./names.ts";

let loaded = 0;

export class Chat extends createServer((io) => {
  let inSetup = 0;
  io.on("connection", (socket) => {
    socket.on("count", (answer) => {
      loaded += 1;
      inSetup += 1;
      names.push("x");
      socket.data.count = (socket.data.count ?? 0) + 1;
      answer({ loaded, inSetup, names: names.length, data: socket.data.count });
    });
    let clock: NodeJS.Timeout | undefined;
    socket.on("start", () => {
      clock = setInterval(() => {}, 60_000);
    });
    socket.on("stop", () => clearInterval(clock));
    socket.on("late", () => void socket.on("later than late", () => {}));
    socket.on("later", async (answer) => {
      await pause(200);
      answer(++inSetup);
    });
    socket.on("echo", (value, answer) => answer(value));
    socket.on("ask", () => void socket.emit("question", () => {}));
  });
}) {
  howMany(): number {
    return this.io.engine.clientsCount;
  }
}
