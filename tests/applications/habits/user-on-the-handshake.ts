/** What is known of a client hangs on its handshake, and on what several namespaces share. */
import type { Server, Socket } from "socket.io";

interface Known extends Socket {
  readonly handshake: Socket["handshake"] & { user?: { name: string }; issued?: number };
  readonly client: Socket["client"] & { names?: string[] };
}

export function setup(io: Server): void {
  io.on("connection", (plain) => {
    const socket = plain as Known;
    const { handshake, client } = socket;
    handshake.issued = 1;
    socket.on("name", (name) => {
      handshake.user = { name };
      handshake.auth.token = `token of ${name}`;
      client.names = [...(client.names ?? []), name];
    });
    socket.on("who", () => {
      const { user, auth, issued } = handshake;
      socket.emit("you", user?.name ?? "nobody", auth, issued, client.names ?? []);
    });
  });
}
