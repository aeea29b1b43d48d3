// What is called once and asks first, or does nothing that anybody sees; ids of what is made anew each time.
import { EventEmitter } from "node:events";
import { createServer } from "dormouse-io";
import { uniqueId } from "lodash";

export const Room = createServer((io) => {
  const bus = new EventEmitter();
  const label = uniqueId("room");
  bus.once("begin", () => {
    if (io.data.hasBegun) return;
    io.data.hasBegun = true;
    io.emit("begun");
  });
  bus.once("begin", () => console.log(label, "has begun"));
  bus.on("say", (text: string) => io.emit("said", text));
  io.on("connection", (socket) => {
    socket.on("begin", () => bus.emit("begin"));
    socket.once("say", (text: string) => bus.emit("say", text));
    socket.on("race", (done: (name: string) => void) => {
      const race = new EventEmitter();
      race.once("won", (name: string) => io.emit("won", name));
      race.emit("won", "the first");
      done("won");
    });
  });
});
