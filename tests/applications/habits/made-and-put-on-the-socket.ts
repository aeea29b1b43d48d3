/** An object that the connection listener makes is on the socket, and listeners change it by its variable. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    const player = { lives: 3, items: [] as string[] };
    socket.data.player = player;
    const seen = new Set<string>();
    socket.data.seen = seen;
    socket.on("hit", () => {
      player.lives -= 1;
      socket.emit("lives", player.lives, socket.data.player.lives);
    });
    socket.on("take", (item) => {
      player.items.push(item);
      seen.add(item);
      socket.emit("items", player.items, seen.size);
    });
  });
}
