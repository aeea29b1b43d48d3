// What comes piece by piece is in the middle of something.
import { PassThrough } from "node:stream";
import { createGzip } from "node:zlib";
import { createServer } from "dormouse-io";
import seedrandom from "seedrandom";

const chance = seedrandom("table 1"); // expect: no-state-in-variables

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    const { readable, writable } = new TransformStream<string>(); // expect: no-state-in-variables
    const writer = writable.getWriter();
    socket.data.isReading = readable.locked;
    const pieces = new PassThrough(); // expect: no-state-in-variables
    const packed = createGzip(); // expect: no-state-in-variables
    socket.on("piece", (piece: string) => {
      void writer.write(piece);
      pieces.write(piece);
      packed.write(piece);
    });
    socket.on("roll", () => io.emit("rolled", chance()));
  });
});
