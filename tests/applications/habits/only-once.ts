/** One event is heard once, of another its listener takes itself away, and who leaves is not listened to any more. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.once("ready", () => io.emit("is ready"));
    const vote = (what: string) => {
      io.emit("voted", what);
      socket.off("vote", vote);
    };
    socket.on("vote", vote);
    const count = (event: string) => socket.emit("heard", event);
    socket.onAny(count);
    socket.on("say", (text) => io.emit("said", text));
    socket.on("leave", () => {
      socket.removeAllListeners("say");
      socket.offAny(count);
    });
  });
}
