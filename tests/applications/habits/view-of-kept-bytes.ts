/** Bytes in a client's data that a view writes into, and an object that is put there as it is made. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.data.bytes ??= new Uint8Array(4);
    const view = new DataView(socket.data.bytes.buffer);
    const words = new Uint16Array(socket.data.bytes.buffer);
    // biome-ignore lint/suspicious/noAssignInExpressions: as people write it
    const marks = (socket.data.marks = {} as Record<string, number>);
    socket.on("put", (at, value) => {
      view.setUint8(at, value);
      words[1] = value;
      marks[`at ${at}`] = value;
    });
    socket.on("show", () => socket.emit("bytes", [...socket.data.bytes], view.getUint8(0), marks));
  });
}
