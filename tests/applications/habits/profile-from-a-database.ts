/** Who comes is looked up, joins a room, and may do something only then. */
import type { Server } from "socket.io";

async function load(user: string): Promise<{ user: string; room: string }> {
  await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
  return { user, room: `friends of ${user}` };
}

export function setup(io: Server): void {
  io.on("connection", async (socket) => {
    const { user, room } = await load(String(socket.handshake.query.user));
    socket.data.user = user;
    socket.join(room);
    socket.emit("hello", user);
    socket.to(room).emit("joined", user);
    socket.on("say", async (text) => {
      await load(user);
      io.to(room).emit("said", socket.data.user, text);
    });
    socket.on("disconnect", async () => {
      await load(user);
      io.to(room).emit("left", (await io.in(room).fetchSockets()).length);
    });
  });
}
