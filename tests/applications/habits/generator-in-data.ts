/** Whose turn it is comes from a generator in the client's data. */
import type { Server } from "socket.io";

function* turns(): Generator<number> {
  for (let turn = 1; ; turn += 1) yield turn;
}

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.data.turns = turns();
    socket.on("turn", () => socket.emit("turn", socket.data.turns.next().value));
  });
}
