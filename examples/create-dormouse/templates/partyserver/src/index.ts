/** The Worker: a class of PartyServer's, routed by its path. */
import { createServer } from "dormouse-io/partyserver";
import { routePartykitRequest } from "partyserver";
import { chat } from "./chat.ts";

export class Chat extends createServer(chat) {
  /** Requests to a room that are not Socket.IO's. */
  override async onRequest(): Promise<Response> {
    return Response.json({ room: this.name, people: (await this.io.fetchSockets()).length });
  }
}

interface Env extends Cloudflare.Env {
  Chat: DurableObjectNamespace<Chat>;
}

export default {
  async fetch(request, env) {
    const response = await routePartykitRequest(request, env);
    return response ?? new Response("not found\n", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
