/** A flag says that the socket is loading: the connection listener deletes it behind an `await`, and an event sets it again. */
import type { Server, Socket } from "socket.io";

type Guest = Socket & { loading?: boolean | string };

export function setup(io: Server): void {
  io.on("connection", async (socket: Guest) => {
    socket.on("load", () => {
      socket.loading = "again";
      socket.emit("loading", socket.loading);
    });
    socket.on("show", () => socket.emit("loading", socket.loading));
    socket.loading = true;
    await Promise.resolve();
    delete socket.loading;
  });
}
