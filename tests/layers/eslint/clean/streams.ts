// Streams that begin and end with an event.
import { PassThrough } from "node:stream";
import { createServer } from "dormouse-io";

export const Room = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("file", async (bytes: Uint8Array) => {
      const { readable, writable } = new CompressionStream("gzip");
      const writer = writable.getWriter();
      void writer.write(bytes);
      void writer.close();
      const pieces = new PassThrough();
      pieces.end(bytes);
      socket.emit("packed", await new Response(readable).bytes());
    });
  });
});
