/** What comes over a client's connection is counted. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.conn.on("message", (message) => {
      if (String(message).includes("say")) socket.data.said = (socket.data.said ?? 0) + 1;
    });
    socket.on("say", () => socket.emit("count", socket.data.said ?? 0));
  });
}
