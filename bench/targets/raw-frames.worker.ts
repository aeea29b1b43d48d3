import { DurableObject } from "cloudflare:workers";
import { openPacket } from "./opening.ts";

/**
 * A hibernatable WebSocket object that exchanges the frames of the handshake and echoes what follows: the least
 * that a client of Socket.IO can cost. Nothing is kept of a client.
 */
export class BenchObject extends DurableObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("3", "6"));
  }

  override fetch(_request: Request): Response | Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.send(openPacket(crypto.randomUUID()));
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    ws.send(message === "40" ? `40{"sid":"${crypto.randomUUID()}"}` : message);
  }

  override webSocketClose(ws: WebSocket, code: number): void {
    ws.close(code);
  }
}

interface Env {
  readonly OBJECT: DurableObjectNamespace<BenchObject>;
}

export default {
  fetch(request, env) {
    const name = new URL(request.url).searchParams.get("object") ?? "bench";
    return env.OBJECT.get(env.OBJECT.idFromName(name)).fetch(request);
  },
} satisfies ExportedHandler<Env>;
