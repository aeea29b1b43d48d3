// What an emitter calls once is called once after each wake; what counts in memory begins anew.
import { EventEmitter } from "node:events";
import { createServer } from "dormouse-io";
import _, { uniqueId } from "lodash";
import unique from "lodash/uniqueId";

class Game extends EventEmitter {}

export const Room = createServer((io) => {
  const bus = new EventEmitter();
  const game = new Game();
  bus.once("begin", () => io.emit("begun")); // expect: no-state-in-variables
  game.prependOnceListener("won", (name: string) => { // expect: no-state-in-variables
    io.data.winner = name;
  });
  io.on("connection", (socket) => {
    const own = new EventEmitter();
    own.once("ready", () => socket.join("players")); // expect: no-state-in-variables
    socket.data.id = _.uniqueId("player"); // expect: no-state-in-variables
    socket.on("begin", () => bus.emit("begin"));
    socket.on("ready", () => own.emit("ready"));
    socket.on("won", (name: string) => game.emit("won", name));
    socket.on("say", (text: string) => {
      io.emit("said", uniqueId(), text); // expect: no-state-in-variables
      io.emit("told", unique(), text); // expect: no-state-in-variables
    });
  });
});
