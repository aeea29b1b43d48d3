/** Two who play hold each other's sockets. */
import type { Server, Socket } from "socket.io";

interface Playing extends Socket {
  opponent?: Playing;
}

export function setup(io: Server): void {
  io.on("connection", (plain) => {
    const socket = plain as Playing;
    socket.on("challenge", () => {
      const other = [...io.sockets.sockets.values()].find(({ id }) => id !== socket.id) as Playing;
      socket.opponent = other;
      other.opponent = socket;
    });
    socket.on("move", (move) => socket.opponent?.emit("moved", move));
  });
}
