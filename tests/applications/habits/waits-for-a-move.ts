/** A handler waits for what another player does. */
import { EventEmitter, once } from "node:events";
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const moves = new EventEmitter();
  io.on("connection", (socket) => {
    socket.on("wait", async () => {
      const [move] = await once(moves, "move");
      socket.emit("moved", move);
    });
    socket.on("move", (move) => moves.emit("move", move));
  });
}
