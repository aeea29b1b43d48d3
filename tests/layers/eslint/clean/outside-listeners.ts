// The server listens, and rooms say who hears of it; what a client has of its own goes with it.
import { EventEmitter } from "node:events";
import { createReadStream } from "node:fs";
import { createServer } from "dormouse-io";

const bus = new EventEmitter();

export class News extends createServer((io) => {
  bus.on("news", (text) => io.to("news").emit("news", text));
  io.on("connection", (socket) => {
    socket.join("news");
    socket.on("tell", (text) => bus.emit("news", text));
    socket.on("file", (name, answer) => {
      const stream = createReadStream(`/files/${name}`);
      stream.on("data", (part) => socket.emit("part", part));
      stream.on("end", () => answer());
    });
    bus.on("statistics", () => console.log("asked"));
  });
}) {}
