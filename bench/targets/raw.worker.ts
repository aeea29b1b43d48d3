import { DurableObject } from "cloudflare:workers";

/** A hibernatable WebSocket object without a protocol: the least that a message can cost. */
export class BenchObject extends DurableObject {
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    if (typeof message === "string" && message.startsWith('42["broadcast"')) {
      for (const member of this.ctx.getWebSockets()) member.send(message);
    } else {
      ws.send(message);
    }
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
    return env.OBJECT.get(env.OBJECT.idFromName("bench")).fetch(request);
  },
} satisfies ExportedHandler<Env>;
