/** Who comes is looked up at a service, for which the connection listener does not wait, and greeted. */
import type { Server, Socket } from "socket.io";

async function profileOf({ handshake: { auth } }: Socket): Promise<string> {
  return `profile of ${auth.name}`;
}

export function setup(io: Server): void {
  io.on("connection", (socket) => {
    profileOf(socket).then((profile) => socket.emit("profile", profile));
    socket.on("say", (text) => io.emit("said", text));
  });
}
