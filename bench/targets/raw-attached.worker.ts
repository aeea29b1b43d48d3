import { openPacket } from "./opening.ts";
import worker, { BenchObject as Frames } from "./raw-frames.worker.ts";

/** What a server has to know of a client again after a sleep. */
interface Kept {
  readonly sid: string;
  /** Of its socket, once it has joined. */
  readonly id?: string;
  /** The request that opened the connection, which applications may ask for at any time. */
  readonly request: string;
  readonly time: number;
}

/**
 * The object that exchanges the handshake's frames, when it also keeps each client through a sleep: what is known of
 * it is attached as it comes, and as it joins.
 */
export class BenchObject extends Frames {
  override fetch(request: Request): Response | Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const sid = crypto.randomUUID();
    server.send(openPacket(sid));
    this.take(server, { sid, request: textOf(request), time: Date.now() });
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    if (message === "40") this.join(ws);
    else super.webSocketMessage(ws, message);
  }

  /** A client has come. */
  protected take(ws: WebSocket, kept: Kept): void {
    ws.serializeAttachment(kept);
  }

  /** It joins the namespace. */
  protected join(ws: WebSocket, id = crypto.randomUUID()): void {
    ws.send(`40{"sid":"${id}"}`);
    const kept: Kept = ws.deserializeAttachment();
    ws.serializeAttachment({ ...kept, id });
  }
}

function textOf({ url, method, headers }: Request): string {
  const fields: Record<string, string> = {};
  headers.forEach((value, name) => {
    fields[name] = value;
  });
  return JSON.stringify({ url, method, headers: fields });
}

export default worker;
