/** A weak map, whose keys are sockets. */
import type { Server, Socket } from "socket.io";

const names = new WeakMap<Socket, string>();

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("name", (name) => void names.set(socket, name));
    socket.on("say", (text) => io.emit("said", names.get(socket) ?? "nobody", text));
  });
}
