// Values by default that nobody keeps anything in, and one that stands for what is kept.
import { createServer } from "dormouse-io";

function greet(socket, options = { polite: true }) {
  socket.on("hello", () => socket.emit("hello", options.polite));
}

function score(io, socket, scores = (io.data.scores ??= {})) {
  socket.on("score", () => {
    scores[socket.id] = (scores[socket.id] ?? 0) + 1;
  });
}

function total(list, sums = {}) {
  for (const { name, value } of list) sums[name] = (sums[name] ?? 0) + value;
  return sums;
}

export const Game = createServer((io) => {
  io.on("connection", (socket) => {
    greet(socket);
    score(io, socket);
    socket.on("total", (list) => socket.emit("total", total(list)));
  });
});
