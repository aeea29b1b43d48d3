/** Players find each other's sockets in the server's map, and do things with them. */
import type { Server, Socket } from "socket.io";

export function setup(io: Server): void {
  const named = (name: string): Socket | undefined => {
    for (const socket of io.sockets.sockets.values()) if (socket.data.name === name) return socket;
    return undefined;
  };
  io.on("connection", (socket) => {
    socket.on("name", (name) => {
      socket.data.name = name;
    });
    socket.on("hit", (name) => {
      const other = named(name);
      if (other === undefined) return;
      other.data.hits = (other.data.hits ?? 0) + 1;
      other.join("wounded");
      other.emit("hit by", socket.data.name);
    });
    socket.on("heal", async () => {
      for (const other of await io.in("wounded").fetchSockets()) other.data.hits = 0;
    });
    socket.on("score", async () => {
      const all = await io.fetchSockets();
      socket.emit(
        "score",
        all.map(({ data }) => [data.name, data.hits]),
      );
      io.to("wounded").emit("seen");
    });
    socket.on("kick", (name) => named(name)?.disconnect(true));
  });
}
