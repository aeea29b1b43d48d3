// Pixels in a buffer, and an object whose properties have code.
import { Buffer } from "node:buffer";
import { createServer } from "dormouse-io";

const pixels = Buffer.alloc(64); // expect: no-state-in-variables
const layer = Buffer.from("empty"); // expect: no-state-in-variables
const round = { // expect: no-state-in-variables
  held: "lobby",
  get phase() {
    return this.held;
  },
  set phase(name: string) {
    this.held = name;
  },
};

export const Canvas = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("draw", (at: number, color: number) => pixels.writeUInt8(color, at));
    socket.on("paste", (bytes: Uint8Array) => Buffer.from(bytes).copy(layer, 0));
    socket.on("phase", (name: string) => {
      round.phase = name;
      io.emit("phase", round.phase, pixels, layer);
    });
  });
});
