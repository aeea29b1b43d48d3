// Containers that know classes and functions by names, and give them what they ask for by names.
import { createServer } from "dormouse-io";
import { container } from "./container.ts";

export const Room = createServer((io) => {
  const chat = container.resolve("chat");
  io.on("connection", (socket) => {
    chat.serve(socket);
    socket.on("vote", (option: string) => {
      const { votes } = container.cradle;
      io.emit("votes", votes.vote(option)); // expect: no-state-in-variables
    });
  });
});
