/** A connection listener greets, joins and tells the others. */
import type { Server } from "socket.io";

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    socket.join("lobby");
    socket.emit("welcome", socket.handshake.query.name);
    socket.broadcast.emit("came", socket.handshake.query.name);
    socket.on("say", (text) => io.to("lobby").emit("said", text));
    socket.onAny((event) => socket.emit("heard", event));
    socket.use((_event, next) => next());
  });
}
