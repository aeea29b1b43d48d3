/** An adapter of npm's, which keeps the rooms itself. */
import type { Server } from "socket.io";
import { Adapter } from "socket.io-adapter";

class Counting extends Adapter {
  count(room: string): number {
    return this.rooms.get(room)?.size ?? 0;
  }
}

export function setup(io: Server): void {
  io.adapter(Counting);
  io.on("connection", (socket) => {
    const adapter = io.of("/").adapter as Counting;
    socket.on("join", (room) => {
      socket.join(room);
      io.to(room).emit("joined", adapter.count(room));
    });
    socket.on("say", (room, text) => socket.to(room).emit("said", text));
  });
}
