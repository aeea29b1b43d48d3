// Promises of what is loaded again, that begin and end with an event, or that say what is done one after the other.
import { createServer } from "dormouse-io";
import { load } from "some-database";

let tail = Promise.resolve();
function inTurn(work: () => Promise<void>): Promise<void> {
  tail = tail.then(work, work);
  return tail;
}

export const Room = createServer((io) => {
  const words = load("words");
  const pause = new Promise((resolve) => setTimeout(resolve, 10));
  const open = new Promise<string[]>((resolve) => void load("more").then(resolve));
  io.on("connection", (socket) => {
    socket.on("words", async () => socket.emit("words", await words, await open, await pause));
    socket.on("ask", async () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      socket.emit("question", resolve);
      io.emit("answered", await promise);
    });
    socket.on("save", () => inTurn(async () => void io.emit("saved")));
  });
});
