/** The server of the soak: everything it knows is in sockets, their data and their rooms. */
import { createServer, type Server, type Socket } from "dormouse-io";

function serve(io: Server): void {
  io.on("connection", (socket: Socket & { nickname?: string }) => {
    socket.data.count ??= 0;
    socket.nickname ??= String(socket.handshake.auth.name);
    socket.emit("welcome", socket.id);
    socket.on("join", (rooms, ack) => ack(socket.join(rooms)));
    socket.on("leave", (room, ack) => ack(socket.leave(room)));
    socket.on("say", (room, number, ack) => {
      socket.to(room).emit("said", number);
      ack();
    });
    socket.on("shout", (rooms, except, number, ack) => {
      io.to(rooms).except(except).emit("said", number);
      ack();
    });
    socket.on("picture", (room, number, picture, ack) => {
      io.in(room).emit("picture", number, picture, { again: picture });
      ack();
    });
    socket.on("count", async (isLate, ack) => {
      if (isLate) await new Promise((resolve) => setTimeout(resolve, 1));
      socket.data.count += 1;
      ack([socket.data.count, socket.nickname, [...socket.rooms].sort()]);
    });
    socket.on("question", async (id, number, ack) => {
      const [other] = await io.in(id).fetchSockets();
      ack(await other?.timeout(10_000).emitWithAck("question", number));
    });
    socket.on("kick", (id, ack) => {
      io.in(id).disconnectSockets(true);
      ack();
    });
    socket.on("look", async (ack) => {
      ack((await io.fetchSockets()).map(({ id, rooms }) => [id, [...rooms].sort()]));
    });
    socket.on("disconnecting", (reason) => {
      io.to("watchers").emit(
        "left",
        socket.id,
        reason,
        [...socket.rooms].sort(),
        socket.data.count,
      );
    });
  });
}

export const Soak = createServer({ pingInterval: 20_000, pingTimeout: 40_000 }, serve);

export default {
  fetch(request: Request, env: { SOAK: DurableObjectNamespace }): Promise<Response> {
    return env.SOAK.get(env.SOAK.idFromName("soak")).fetch(request);
  },
};
