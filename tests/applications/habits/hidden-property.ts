/** What is known of a client is where nobody else sees it: in a property that is not enumerable. */
import type { Server, Socket } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket: Socket & { user?: { name: string } }) => {
    socket.on("login", (name) => {
      Object.defineProperty(socket, "user", { value: { name }, configurable: true });
    });
    socket.on("say", (text) => io.emit("said", socket.user?.name, text));
  });
}
