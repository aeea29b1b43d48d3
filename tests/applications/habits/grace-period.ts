/** Who does not come back in time has left. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const leaving = new Map<string, NodeJS.Timeout>();
  io.on("connection", (socket) => {
    const user = String(socket.handshake.query.user);
    if (leaving.has(user)) {
      clearTimeout(leaving.get(user));
      leaving.delete(user);
      socket.emit("welcome back");
    }
    socket.on("disconnect", () => {
      const leave = () => {
        leaving.delete(user);
        io.emit("left", user);
      };
      const timer = setTimeout(leave, 600_000);
      // On Node the process need not wait for it.
      timer.unref?.();
      leaving.set(user, timer);
    });
    socket.on("say", (text) => io.emit("said", text));
  });
}
