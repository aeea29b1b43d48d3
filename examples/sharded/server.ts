/** One chat over four objects: people in any of them talk to each other. */
import { createServer, routeSocketIO } from "dormouse-io";
import { shards } from "dormouse-io/shards";

const spread = shards({
  count: 4,
  // `?shard=2` says which; without it any will do.
  by: (request) => new URL(request.url).searchParams.get("shard") ?? undefined,
});

export class Chat extends createServer({ shards: spread }, (io, { name = "" }) => {
  io.on("connection", (socket) => {
    socket.data.shard = name;
    socket.on("join", async (room: string, done: () => void) => {
      for (const other of socket.rooms) if (other !== socket.id) socket.leave(other);
      await socket.join(room);
      done();
    });
    socket.on("say", (room: string, text: string) => {
      io.to(room).emit("said", { text, room, by: socket.id, shard: name });
    });
    socket.on("who", async (done: (people: object[]) => void) => {
      const sockets = await io.fetchSockets();
      done(sockets.map(({ id, rooms, data }) => ({ id, rooms: [...rooms], shard: data.shard })));
    });
    socket.on("disconnect", () => io.emit("changed"));
    io.emit("changed");
  });
}) {}

interface Env {
  readonly CHAT: DurableObjectNamespace<Chat>;
}

export default {
  async fetch(request, env) {
    const response = await routeSocketIO(request, env.CHAT, { shards: spread });
    return response ?? new Response("not found\n", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
