/** Who is here is asked for whenever it is needed. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const tell = async () => {
    const sockets = await io.fetchSockets();
    io.emit("here", sockets.map(({ data }) => data.name).sort());
  };
  io.on("connection", (socket) => {
    socket.on("name", async (name) => {
      socket.data.name = name;
      await tell();
    });
    socket.on("disconnect", tell);
  });
}
