/** A connection listener's variable says whether its client has signed in. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    let isIn = false;
    socket.on("login", () => {
      isIn = true;
    });
    socket.on("say", (text) => {
      if (isIn) io.emit("said", text);
      else socket.emit("refused");
    });
  });
}
