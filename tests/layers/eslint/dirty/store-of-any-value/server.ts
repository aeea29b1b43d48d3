import { createServer } from "dormouse-io";
import { createStore } from "./store";
const topic = createStore("none");
export const Room = createServer((io) => {
  const level = createStore(0);
  io.on("connection", (socket) => {
    socket.on("topic", (text) => topic.set(text)); // expect: no-state-in-variables
    socket.on("level", () => level.set(level.get() + 1));
  });
});
