import { EventEmitter } from "node:events";
import { createServer } from "dormouse-io";
import type { Socket } from "socket.io";

type Player = Socket & { score: number; best: number };

/** Each connection has an emitter of its own, which only events of that client make tell something. */
export const Chat = createServer((io) => {
  io.on("connection", (socket: Player) => {
    const game = new EventEmitter();
    game.on("scored", (points: number) => {
      socket.score += points;
      if (socket.score > socket.best) game.emit("best", socket.score);
    });
    game.on("best", (score: number) => {
      socket.best = score;
    });
    game.emit("scored", 0);
    socket.on("score", (points: number) => game.emit("scored", points));
    socket.on("twice", (points: number) => {
      for (const _ of [1, 2]) game.emit("scored", points);
    });
  });
});
