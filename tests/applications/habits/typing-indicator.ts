/** Who types has stopped when nothing came for a while. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    let timer: NodeJS.Timeout | undefined;
    const stop = () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      socket.broadcast.emit("stopped");
    };
    socket.on("type", () => {
      if (timer === undefined) socket.broadcast.emit("types");
      clearTimeout(timer);
      timer = setTimeout(stop, 600_000);
    });
    socket.on("disconnect", () => clearTimeout(timer));
    socket.on("say", (text) => {
      stop();
      io.emit("said", text);
    });
  });
}
