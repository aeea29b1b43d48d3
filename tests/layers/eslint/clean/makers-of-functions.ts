// What a function finds out by chance, or by the clock, each time it is called, and who made it does not matter.
import { createServer } from "dormouse-io";

const die = (sides: number) => () => 1 + Math.floor(Math.random() * sides);
function stopwatch(label: string) {
  return (from: number) => `${label}: ${Date.now() - from}`;
}

export const Table = createServer((io) => {
  io.on("connection", (socket) => {
    const roll = die(6);
    const since = stopwatch("since");
    socket.on("roll", () => io.emit("rolled", roll()));
    socket.on("since", (from: number, answer: (text: string) => void) => answer(since(from)));
  });
});
