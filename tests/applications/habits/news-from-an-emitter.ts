/** Each client hears what an emitter of the module tells. */
import { EventEmitter } from "node:events";
import type { Server } from "socket.io";

const bus = new EventEmitter();

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    const hear = (text: string) => void socket.emit("news", text);
    bus.on("news", hear);
    socket.on("tell", (text) => void bus.emit("news", text));
    socket.on("disconnect", () => void bus.off("news", hear));
  });
}
