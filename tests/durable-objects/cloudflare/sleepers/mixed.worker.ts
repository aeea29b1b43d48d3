import { bookOf } from "../support/book.worker.ts";
import { watchedServer } from "./watched-server.worker.ts";

/** A subclass with a life of its own: alarms and WebSockets. */
export class Mixed extends watchedServer(
  (io) => {
    io.on("connection", (socket) => {
      socket.on("echo", (value, ack) => ack(value));
    });
  },
  { pingInterval: 1_000, pingTimeout: 2_500 },
) {
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const { storage } = this.ctx;
    switch (url.pathname) {
      case "/own": {
        const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
        this.ctx.acceptWebSocket(server, ["own"]);
        return new Response(null, { status: 101, webSocket: client });
      }
      case "/auto-response/set":
        this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
        return this.#autoResponse();
      case "/auto-response/unset":
        this.ctx.setWebSocketAutoResponse();
        return this.#autoResponse();
      case "/auto-response/get":
        return this.#autoResponse();
      case "/alarm/set":
        await storage.setAlarm(Date.now() + Number(url.searchParams.get("in")));
        return Response.json(await storage.getAlarm());
      case "/alarm/get":
        return Response.json(await storage.getAlarm());
      case "/alarm/twice":
        await this.alarm();
        await this.alarm();
        return Response.json(0);
      case "/storage-fails":
        bookOf(this.ctx).isBroken = true;
        return Response.json(0);
      case "/alarm/delete":
        await storage.deleteAlarm();
        return Response.json(await storage.getAlarm());
    }
    return super.fetch(request);
  }

  #autoResponse(): Response {
    const pair = this.ctx.getWebSocketAutoResponse();
    return Response.json(pair && [pair.request, pair.response]);
  }

  override webSocketMessage(webSocket: WebSocket, message: string | ArrayBuffer): void {
    bookOf(this.ctx).notes.push(["own message", message]);
    webSocket.send(`own ${message}`);
  }

  override webSocketClose(webSocket: WebSocket, code: number, reason: string): void {
    bookOf(this.ctx).notes.push(["own close", code, reason]);
    webSocket.close(code, reason);
  }

  override async alarm(): Promise<void> {
    const { notes } = bookOf(this.ctx);
    notes.push(["own alarm", await this.ctx.storage.getAlarm(), Date.now()]);
    const fails = notes.filter(([what]) => what === "own alarm").length === 1;
    if (fails && this.ctx.id.name?.includes("fails")) throw new Error("the alarm's fault");
  }
}
