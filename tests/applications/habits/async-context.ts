/** A middleware has a user around the code behind it. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Server } from "socket.io";

export function setup(io: Server): void {
  const users = new AsyncLocalStorage<string>();
  io.use((socket, next) => users.run(String(socket.handshake.query.user), next));
  io.on("connection", (socket) => {
    const user = users.getStore();
    socket.on("say", (text) => io.emit("said", user ?? "nobody", text));
  });
}
