import { DurableObject } from "cloudflare:workers";
import { JOIN } from "../measures/frames.ts";
import { openPacket } from "./opening.ts";

const BROADCAST = '42["broadcast"';

/**
 * A hibernatable WebSocket object that exchanges the frames of the handshake, and echoes what follows or sends it to
 * everybody: the least that a client of Socket.IO can cost. Nothing is kept of a client.
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
    if (message === "40") ws.send(`40{"sid":"${crypto.randomUUID()}"}`);
    else if (message === JOIN.frame) ws.send(JOIN.reply);
    else if (typeof message === "string" && message.startsWith(BROADCAST)) this.broadcast(message);
    else ws.send(message);
  }

  /** Everybody is in the one room that there is. */
  protected broadcast(frame: string): void {
    for (const member of this.ctx.getWebSockets()) member.send(frame);
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
