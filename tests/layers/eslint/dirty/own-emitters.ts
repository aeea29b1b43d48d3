import { EventEmitter } from "node:events";
import { createServer } from "dormouse-io";
import type { Socket } from "socket.io";
import { follow } from "./feeds.ts";

type Player = Socket & { score: number; rank: number; place: string; last: number };

export const Chat = createServer((io) => {
  io.on("connection", (socket: Player) => {
    const timed = new EventEmitter();
    timed.on("scored", (points: number) => {
      socket.score += points; // expect: no-held-data
    });
    socket.on("later", (points: number) => {
      setTimeout(() => timed.emit("scored", points), 100);
    });

    const given = new EventEmitter();
    given.on("ranked", (rank: number) => {
      socket.rank = rank; // expect: no-held-data
    });
    follow(given);

    const late = new EventEmitter();
    late.on("placed", (place: string) => {
      socket.place = place; // expect: no-held-data
    });
    socket.on("place", () => void locate());
    async function locate(): Promise<void> {
      const answer = await fetch("https://places.example");
      late.emit("placed", await answer.text());
    }

    const chained = new EventEmitter();
    chained.on("first", (value: number) => chained.emit("second", value));
    chained.on("second", (value: number) => {
      socket.last = value; // expect: no-held-data
    });
    socket.on("chain", (value: number) => {
      setTimeout(() => chained.emit("first", value), 100);
    });
  });
});
