/** What a client says waits until it has told that it is ready. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    const ready = new Promise<void>((resolve) => {
      socket.once("ready", resolve);
    });
    socket.on("say", async (text) => {
      await ready;
      io.emit("said", text);
    });
  });
}
