// Files of data are objects in memory, once they are loaded.
import { createServer } from "dormouse-io";
import settings from "./settings.json" with { type: "json" }; // expect: no-state-in-variables
import { addTo } from "./users.cjs";

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("topic", (topic: string) => {
      settings.topic = topic;
    });
    socket.on("join", (name: string) => socket.emit("users", addTo(name), settings.topic)); // expect: no-state-in-variables, no-state-in-variables
  });
});
