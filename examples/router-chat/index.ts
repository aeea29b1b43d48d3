/** Routes, controllers, middlewares and a session, as in egg-socket.io, in a Durable Object that sleeps. */
import { createServer, type DefaultEventsMap, routeSocketIO } from "dormouse-io";
import { actionsOf, createRouter } from "dormouse-io/router";
import { createSessions, objectStore, type SiteSessions } from "dormouse-io/router/session";
import type { ClientEvents, ServerEvents, Visitor } from "./events.ts";
import { ChatController } from "./io/controller/chat.ts";
import { RoomController } from "./io/controller/room.ts";
import { auth } from "./io/middleware/auth.ts";
import { filter } from "./io/middleware/filter.ts";

interface Env {
  readonly CHAT: DurableObjectNamespace<Chat>;
  readonly SESSION_PASSWORD: string;
}

function sessionsOf(ctx: DurableObjectState, env: Env): SiteSessions<Visitor> {
  return createSessions<Visitor>({
    password: env.SESSION_PASSWORD,
    store: objectStore(ctx.storage),
  });
}

const Server = createServer<ClientEvents, ServerEvents, DefaultEventsMap, unknown, Env>(
  (io, { ctx, env }) => {
    const router = createRouter(io, {
      session: sessionsOf(ctx, env),
      namespace: { "/": { connectionMiddleware: [auth], packetMiddleware: [filter] } },
    });
    router.route("chat", actionsOf(ChatController).ping);
    router.routeAll("room:", RoomController);
  },
);

export class Chat extends Server {
  /** Signing in and out are HTTP requests: a WebSocket cannot set cookies. */
  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method !== "POST") return super.fetch(request);
    const { session, commit } = await sessionsOf(this.ctx, this.env).of(request);
    if (pathname === "/login") {
      session.user = (searchParams.get("user") ?? "somebody").slice(0, 24);
      await session.regenerate();
    } else {
      await session.destroy();
    }
    const headers = new Headers();
    await commit(headers);
    return new Response(null, { status: 204, headers });
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && /^\/log(in|out)$/.test(pathname)) {
      return env.CHAT.getByName("default").fetch(request);
    }
    return (await routeSocketIO(request, env.CHAT)) ?? new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
