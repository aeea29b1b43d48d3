/** A map and a set, which are gone through, counted and emptied in functions in functions. */
import type { Server } from "socket.io";

const scores = new Map<string, number>();
const seen = new Set<string>();

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    const best = (): string[] => {
      const names: string[] = [];
      scores.forEach((points, name) => {
        if (points > 1) names.push(name);
      });
      for (const [name, points] of scores) names.push(`${name}=${points}`);
      return [...names, ...[...scores.keys()].map((name) => name.toUpperCase())];
    };
    socket.on("point", (name) => {
      seen.add(name);
      scores.set(name, (scores.get(name) ?? 0) + 1);
      io.emit("best", best(), scores.size, seen.has("Bob"));
    });
    socket.on("forget", (name) => {
      const was = scores.delete(name);
      io.emit("forgotten", was, seen.delete(name), seen.size, Object.fromEntries(scores));
    });
    socket.on("reset", () => {
      scores.clear();
      io.emit("best", best(), scores.size);
    });
  });
}
