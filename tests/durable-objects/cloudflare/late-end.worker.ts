/** A plain object, nothing of ours: it closes WebSockets. See late-end.test.ts. */
import { DurableObject } from "cloudflare:workers";

export class Raw extends DurableObject {
  #messages = 0;

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/messages") return Response.json(this.#messages);
    if (pathname === "/close") {
      for (const webSocket of this.ctx.getWebSockets()) webSocket.close(1000, "done");
      return new Response("closed");
    }
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(): void {
    this.#messages += 1;
  }
}

export default {
  fetch(request: Request, env: { RAW: DurableObjectNamespace }): Promise<Response> {
    return env.RAW.get(env.RAW.idFromName("raw")).fetch(request);
  },
};
