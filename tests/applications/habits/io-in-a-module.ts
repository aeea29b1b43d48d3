/** `io` is lent to the rest of the program by a variable. */
import type { Server, Socket } from "socket.io";

let io: Server | undefined;

function getIO(): Server {
  if (io === undefined) throw new Error("there is no server yet");
  return io;
}

function notify(user: string, text: string): void {
  getIO().to(user).emit("notice", text);
}

function serve(socket: Socket): void {
  socket.join(String(socket.handshake.query.user));
  socket.on("notify", notify);
}

export function setup(server: Server): void {
  io = server;
  io.on("connection", serve);
}
