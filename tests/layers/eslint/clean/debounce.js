// A pause too short to sleep in.
import { createServer } from "dormouse-io";

export const Search = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("search", async (text, answer) => {
      await pause(100);
      answer(text.toUpperCase());
    });
    socket.on("flash", () => {
      setTimeout(() => socket.emit("flash"), 250);
      setImmediate(() => socket.emit("now"));
    });
  });
});

const pause = (milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
