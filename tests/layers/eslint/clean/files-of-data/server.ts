// Files of data that are only read.
import { createServer } from "dormouse-io";
import settings from "./settings.json" with { type: "json" };
import { limit } from "./limits.cjs";

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    const own = { ...settings };
    socket.data.topic = own.topic;
    socket.on("topic", (topic: string) => {
      socket.data.topic = topic;
    });
    socket.on("which", () => socket.emit("topic", settings.topic, limit));
  });
});
