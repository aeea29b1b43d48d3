// Buffers that are read, and written within one event.
import { Buffer } from "node:buffer";
import { createServer } from "dormouse-io";

const header = Buffer.from("PNG");

export const Files = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("file", (bytes: Uint8Array) => {
      const whole = Buffer.alloc(header.length + bytes.length);
      header.copy(whole, 0);
      whole.fill(bytes, header.length);
      whole.writeUInt8(1, 0);
      io.emit("file", whole);
    });
  });
});
