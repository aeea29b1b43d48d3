/** What a client filters by is an object of the platform's on its socket. */
import type { Server, Socket } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket: Socket & { filter?: URLSearchParams }) => {
    socket.filter = new URLSearchParams();
    socket.on("filter", (name, value) => {
      socket.filter?.set(name, value);
      socket.emit("filters", `${socket.filter}`);
    });
  });
}
