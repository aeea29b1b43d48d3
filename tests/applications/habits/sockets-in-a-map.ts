/** Private messages go to sockets that are kept by the names of their users. */
import type { Server, Socket } from "socket.io";

export function setup(io: Server): void {
  const sockets = new Map<string, Socket>();
  io.on("connection", (socket) => {
    socket.on("name", (name) => {
      sockets.set(name, socket);
    });
    socket.on("whisper", (name, text) => {
      const other = sockets.get(name);
      if (other === undefined) socket.emit("nobody", name);
      else other.emit("whispered", text);
    });
  });
}
