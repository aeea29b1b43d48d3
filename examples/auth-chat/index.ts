/** Who may come in, and who may be in which room, in a Durable Object that sleeps. */
import { createServer, type DefaultEventsMap, routeSocketIO } from "dormouse-io";
import { SocketIOServerHelper } from "dormouse-io/auth";
import type { ClientEvents, ServerEvents, SocketData } from "./events.ts";
import { makeToken, userOf } from "./tokens.ts";

interface Env {
  readonly CHAT: DurableObjectNamespace<Chat>;
  readonly TOKEN_SECRET: string;
}

/** Rooms, and who may join them: everybody, or these. */
const ROOMS: Record<string, readonly string[] | "everybody"> = {
  music: "everybody",
  art: "everybody",
  staff: ["Grace"],
};

function mayJoin(user: string, room: string): boolean {
  const members = Object.hasOwn(ROOMS, room) ? ROOMS[room] : [];
  return members === "everybody" || (members?.includes(user) ?? false);
}

const Server = createServer<ClientEvents, ServerEvents, DefaultEventsMap, SocketData, Env>(
  (io, { env }) => {
    const helper = new SocketIOServerHelper({
      io,
      identifier: "chat",
      authenticateFn: async ({ auth }, { socket }) => {
        const user = await userOf(auth.token, env.TOKEN_SECRET);
        socket.data.user = user;
        return user !== undefined;
      },
      validateRoomFn: ({ socket, rooms }) => {
        const { user = "" } = socket.data;
        return rooms.filter((room) => mayJoin(user, room));
      },
      clientConnectedFn: ({ socket }) => {
        socket.on("rooms", (answer) => answer([...socket.rooms].filter((room) => room in ROOMS)));
        socket.on("say", ({ room, text }) => {
          const { user = "" } = socket.data;
          if (!socket.rooms.has(room)) return;
          helper.send({
            destination: room,
            payload: { topic: "said", data: { room, user, text: String(text) } },
          });
        });
      },
    });
    return helper.configure();
  },
);

export class Chat extends Server {}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "POST" && pathname === "/login") {
      // Whoever says a name is believed: a real site asks for a password here.
      const user = (searchParams.get("user") ?? "somebody").slice(0, 24);
      return new Response(await makeToken(user, env.TOKEN_SECRET));
    }
    return (await routeSocketIO(request, env.CHAT)) ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
