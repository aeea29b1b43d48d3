/** Objects with WebSockets and alarms of their own, whose handlers are written in each way that a class has. */
import { createServer } from "dormouse-io";

const Server = createServer({ pingInterval: 1_000, pingTimeout: 20_000 }, (io) => {
  io.on("connection", (socket) => {
    socket.on("echo", (value, answer) => answer(value));
    socket.on("keep", (value, answer) => {
      socket.data.kept = value;
      answer();
    });
    socket.on("kept", (answer) => answer(socket.data.kept));
  });
});

/** What the handlers do, whatever they are. */
class Visited extends Server {
  /** The calls that `wrapped` has seen since the object woke. */
  readonly calls: string[] = [];

  protected async answer(request: Request): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    if (pathname !== "/own") return undefined;
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, ["own"]);
    return new Response(null, { status: 101, webSocket: client });
  }

  protected async hear(webSocket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (message === "alarm") return this.ctx.storage.setAlarm(Date.now() + 100);
    if (message === "calls") return webSocket.send(JSON.stringify(this.calls));
    webSocket.send(`own: ${message}`);
  }

  protected part(webSocket: WebSocket, code: number): void {
    this.io.emit("said", `closed ${code}`);
    webSocket.close(1000);
  }

  protected ring(): void {
    this.io.emit("said", "alarm");
  }
}

export class Methods extends Visited {
  override async fetch(request: Request): Promise<Response> {
    return (await this.answer(request)) ?? super.fetch(request);
  }
  override webSocketMessage(webSocket: WebSocket, message: string | ArrayBuffer) {
    return this.hear(webSocket, message);
  }
  override webSocketClose(webSocket: WebSocket, code: number) {
    this.part(webSocket, code);
  }
  override webSocketError() {}
  override alarm() {
    this.ring();
  }
}

export class Fields extends Visited {
  override fetch = async (request: Request): Promise<Response> =>
    (await this.answer(request)) ?? super.fetch(request);
  override webSocketMessage = (webSocket: WebSocket, message: string | ArrayBuffer) =>
    this.hear(webSocket, message);
  override webSocketClose = (webSocket: WebSocket, code: number) => this.part(webSocket, code);
  override webSocketError = () => {};
  override alarm = () => this.ring();
}

export class Assigned extends Visited {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.fetch = async (request) => (await this.answer(request)) ?? super.fetch(request);
    this.webSocketMessage = this.hear;
    this.webSocketClose = this.part;
    this.webSocketError = () => {};
    this.alarm = this.ring;
  }
}

/** Handlers that are declared, and nothing else, say nothing. An alarm that the constructor sets needs its handler. */
export class Mixed extends Methods {
  override alarm = () => this.ring();

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    Object.defineProperty(this, "webSocketMessage", { configurable: true, value: undefined });
    ctx.blockConcurrencyWhile(async () => {
      if ((await ctx.storage.getAlarm()) === null) await ctx.storage.setAlarm(Date.now() + 60_000);
    });
  }
}

const HANDLERS = ["fetch", "webSocketMessage", "webSocketClose", "webSocketError", "alarm"];

/** As tools do that observe objects: what there is is called, and a note made. */
function wrap(object: Visited): void {
  for (const name of HANDLERS) {
    const handler = Reflect.get(object, name) as (...args: unknown[]) => unknown;
    Reflect.set(object, name, (...args: unknown[]) => {
      object.calls.push(name);
      return handler.apply(object, args);
    });
  }
}

export class Wrapped extends Methods {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    wrap(this);
  }
}

/** What is wrapped are fields. */
export class WrappedFields extends Fields {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    wrap(this);
  }
}

/** `/<class>/…` leads to an object of the class. */
export default {
  async fetch(request: Request, env: Record<string, DurableObjectNamespace>): Promise<Response> {
    const url = new URL(request.url);
    const [, kind = "", ...rest] = url.pathname.split("/");
    url.pathname = `/${rest.join("/")}`;
    const object = env[kind]?.getByName("a");
    return object?.fetch(new Request(url, request)) ?? new Response("no such class");
  },
};
