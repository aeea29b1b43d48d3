/** The connection listener gives its socket methods, and wraps one that it has. */
import type { Server, Socket } from "socket.io";

interface Helped extends Socket {
  refuse(why: string): void;
  isAdmin(): boolean;
}

export function setup(io: Server): void {
  io.on("connection", (plain) => {
    const socket = plain as Helped;
    const emit = socket.emit.bind(socket);
    socket.emit = (event: string, ...args: unknown[]) => emit(event, ...args, "signed");
    socket.refuse = (why) => void socket.emit("refused", why);
    socket.isAdmin = () => socket.data.role === "admin";
    socket.on("login", (role) => {
      socket.data.role = role;
    });
    socket.on("close", () => {
      if (socket.isAdmin()) io.emit("closed");
      else socket.refuse("not allowed");
    });
  });
}
