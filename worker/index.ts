/** The chat as a Worker: a Durable Object for everybody, its page from the static assets. */
import { createServer, routeSocketIO } from "dormouse-io";
import { chat } from "./chat.ts";

export class Chat extends createServer(chat) {}

interface Env {
  readonly CHAT: DurableObjectNamespace;
}

export default {
  async fetch(request, env) {
    const response = await routeSocketIO(request, env.CHAT);
    return response ?? new Response("Not found\n", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
