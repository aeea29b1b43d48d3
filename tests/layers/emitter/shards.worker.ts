/** A server over three objects, who emits to it, and the helper of `dormouse-io/auth` in it. */
import { createServer, routeSocketIO } from "dormouse-io";
import { SocketIOServerHelper } from "dormouse-io/auth";
import { emitter } from "dormouse-io/emitter";
import { shards } from "dormouse-io/shards";

const spread = shards({
  count: 3,
  by: (request) => Number(new URL(request.url).searchParams.get("shard")),
});

export class Chat extends createServer({ shards: spread }, (io, { name }) => {
  const helper = new SocketIOServerHelper({
    io,
    identifier: "sharded",
    authenticateFn: () => true,
    validateRoomFn: ({ rooms }) => rooms,
    clientConnectedFn: ({ socket }) => {
      socket.on("send", (destination, text) => {
        helper.send({ destination, payload: { topic: "said", data: text } });
      });
      socket.on("which", (answer) => answer(name));
    },
  });
  io.on("who?", (answer: (name: unknown) => void) => answer(name));
  return helper.configure();
}) {}

interface Env {
  readonly CHAT: DurableObjectNamespace<Chat>;
}

export default {
  async fetch(request, env) {
    const routed = await routeSocketIO(request, env.CHAT, { shards: spread });
    if (routed !== null) return routed;
    const io = emitter(env.CHAT);
    io.to("music").emit("news", 1);
    io.emit("news", 2);
    const answers = io.in("music").timeout(20_000).emitWithAck("ready?");
    const sockets = io.in("music").fetchSockets();
    const servers = io.serverSideEmitWithAck("who?");
    io.to("music").emit("end");
    return Response.json({
      answers: (await answers).sort(),
      sockets: (await sockets).map(({ id }) => id).sort(),
      servers: (await servers).sort(),
      flushed: (await io.flush()) ?? "yes",
    });
  },
} satisfies ExportedHandler<Env>;
