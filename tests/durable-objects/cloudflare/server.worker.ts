/** The objects of the tests of handshakes, routing and foreign WebSockets. */
import { type ConnectionErrorEvent, createServer, routeSocketIO, type Server } from "dormouse-io";

interface Env {
  readonly EVERYDAY: DurableObjectNamespace;
  readonly OLDER: DurableObjectNamespace;
  readonly WAKEFUL: DurableObjectNamespace;
  readonly SHARED: DurableObjectNamespace;
}

const errors: unknown[] = [];

function everyday(io: Server, { name }: { name: string | undefined }): void {
  io.engine.on("connection_error", ({ code, message, context, req }: ConnectionErrorEvent) => {
    errors.push({ code, message, context, url: req.url, origin: req.headers.origin });
  });
  io.on("connection", (socket) => {
    socket.on("echo", (...args) => args.pop()(...args));
    socket.on("binary", (value, answer) => {
      answer(value, value instanceof Uint8Array, "Buffer" in globalThis);
    });
    socket.on("handshake", (answer) => answer(socket.handshake, name));
    socket.on("join", (room, answer) => {
      socket.join(room);
      answer();
    });
    socket.on("say", (room, text) => void io.to(room).emit("said", text));
  });
  io.of("/refusing").use((_socket, next) => {
    next(Object.assign(new Error("not you"), { data: { why: "because" } }));
  });
}

export const Everyday = createServer(everyday);

export const Older = createServer({ allowEIO3: true, path: "/older" }, everyday);

export const Wakeful = createServer(
  { hibernate: false, pingInterval: 100, pingTimeout: 2_000 },
  everyday,
);

/** An object with WebSockets of its own. */
export class Shared extends createServer(everyday) {
  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/own") return super.fetch(request);
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, ["own"]);
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(webSocket: WebSocket, message: string | ArrayBuffer): void {
    webSocket.send(`own: ${message}`);
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/errors") return Response.json(errors.splice(0));
    if (pathname === "/own") return env.SHARED.getByName("shared").fetch(request);
    const name = (asked: Request) => new URL(asked.url).searchParams.get("name") ?? "default";
    const { binding = "EVERYDAY" } = Object.fromEntries(new URL(request.url).searchParams);
    const namespace = env[binding as keyof Env];
    const response =
      (await routeSocketIO(request, namespace, { name })) ??
      (await routeSocketIO(request, env.OLDER, { path: "/older/", name: async () => "older" }));
    return response ?? new Response("the application's", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
