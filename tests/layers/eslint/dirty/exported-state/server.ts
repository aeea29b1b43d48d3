import { createServer } from "dormouse-io";
import store, { state, round, nextRound } from "./state";
import * as all from "./state";
export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("hit", () => {
      state.count++; // expect: no-state-in-variables
      io.emit("count", state.count, round);
    });
    socket.on("user", (name) => {
      const { users } = state;
      users.push(name);
    });
    socket.on("next", () => nextRound()); // expect: no-state-in-variables
    socket.on("queue", (name) => store.queue.push(name)); // expect: no-state-in-variables
    socket.on("reset", () => {
      all.state.users.length = 0;
    });
  });
});
