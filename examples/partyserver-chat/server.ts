/** A chat in PartyServer: a class that is extended, and routed with `routePartykitRequest`. */
import { createServer } from "dormouse-io/partyserver";
import { routePartykitRequest } from "partyserver";
import { chat } from "../chat.ts";

export class Chat extends createServer((io, { name }) => chat(io, name ?? "general")) {
  /** Requests to a room that are not Socket.IO's: how many are there. */
  override async onRequest(): Promise<Response> {
    const sockets = await this.io.fetchSockets();
    return Response.json({ topic: this.name, people: sockets.length });
  }
}

interface Env extends Cloudflare.Env {
  readonly Chat: DurableObjectNamespace<Chat>;
}

export default {
  async fetch(request, env) {
    const response = await routePartykitRequest(request, env);
    return response ?? new Response("not found\n", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
