// What a connection listener makes and puts on its socket is filled, in a replay, with what was kept.
import { createServer, type Socket } from "dormouse-io";

interface Playing extends Socket {
  seen?: Set<string>;
}

export const Game = createServer((io) => {
  io.on("connection", (socket: Playing) => {
    const player = { lives: 3, items: [] as string[] };
    socket.data.player = player;
    const seen = new Set<string>();
    socket.seen = seen;
    const votes = new Map<string, number>();
    socket.data.votes = votes;
    socket.on("hit", () => {
      player.lives -= 1;
      io.emit("lives", socket.data.player.lives);
    });
    socket.on("take", (item) => player.items.push(item));
    socket.on("see", (name) => seen.add(name));
    socket.on("vote", (name) => votes.set(name, 1));
  });
});
