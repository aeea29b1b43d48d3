// What a function makes where it is given none lives with the call.
import { createServer } from "dormouse-io";

function play(socket, state = { lives: 3 }) { // expect: no-state-in-variables
  socket.on("hit", () => {
    state.lives -= 1;
    socket.emit("lives", state.lives);
  });
}

function listen(io, socket, seen = new Set()) { // expect: no-state-in-variables
  socket.on("see", (name) => {
    seen.add(name);
    io.emit("seen", [...seen]);
  });
}

export const Game = createServer((io) => {
  io.on("connection", (socket) => {
    play(socket);
    listen(io, socket);
  });
});
