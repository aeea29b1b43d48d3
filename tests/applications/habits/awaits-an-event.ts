/** The connection listener goes on when its client is ready. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", async (socket) => {
    const name = await new Promise((resolve) => socket.once("ready", resolve));
    socket.emit("welcome", name);
    socket.on("say", (text) => io.emit("said", text));
  });
}
