/** Plain objects, nothing of ours: they show what the platform does. See workerd.test.ts. */
import { DurableObject } from "cloudflare:workers";

/** What objects have told, by their names: a variable of the module, which outlives them. */
const told = new Map<string, unknown[]>();

function tell(ctx: DurableObjectState, what: unknown): void {
  const name = String(ctx.id.name);
  told.set(name, [...(told.get(name) ?? []), what]);
}

function openWebSocket(ctx: DurableObjectState, tags: string[] = []): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  ctx.acceptWebSocket(server, tags);
  return new Response(null, { status: 101, webSocket: client });
}

/** `open` leads to a WebSocket; what else is asked, to the method of this name, whose result is the answer. */
abstract class Asked extends DurableObject {
  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = pathname.slice(1);
    if (name === "open") return openWebSocket(this.ctx, ["tag"]);
    const method = Reflect.get(this, name) as (searchParams: URLSearchParams) => unknown;
    return Response.json((await method.call(this, searchParams)) ?? null);
  }

  isThere(): boolean {
    return true;
  }
}

const HANDLERS = ["fetch", "tail", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"];

/** Tells which of its handlers are read, which are methods of its class. */
class Watched extends Asked {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    const ofClass = Object.getPrototypeOf(this);
    for (const name of HANDLERS) {
      const get = () => {
        tell(ctx, name);
        return Reflect.get(ofClass, name);
      };
      Object.defineProperty(this, name, { configurable: true, get });
    }
    Promise.resolve().then(() => tell(ctx, "a microtask"));
  }
}

export class Reading extends Watched {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    tell(ctx, "the constructor's end");
  }

  setAlarm(): Promise<void> {
    return this.ctx.storage.setAlarm(Date.now());
  }
  override webSocketMessage(webSocket: WebSocket): void {
    webSocket.send("heard");
  }
  override webSocketClose(webSocket: WebSocket): void {
    webSocket.close();
    tell(this.ctx, "closed");
  }
  override alarm(): void {
    tell(this.ctx, "rang");
  }
}

/** Puts handlers on the object at different times. */
export class Placed extends Asked {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.webSocketMessage = (webSocket) => webSocket.send("of the constructor");
    Promise.resolve().then(() => {
      this.webSocketMessage = (webSocket) => webSocket.send("of a microtask");
    });
  }
  override webSocketMessage(webSocket: WebSocket): void {
    webSocket.send("of the class");
  }
}

/** What to do in the next alarm; `throw`: in all, until it is told to be calm. */
type Deed = "nothing" | "set for the same time" | "set a millisecond later" | "throw";

export class Alarms extends Asked {
  #deed: Deed = "nothing";

  async ring(searchParams: URLSearchParams): Promise<void> {
    this.#deed = searchParams.get("deed") as Deed;
    await this.ctx.storage.setAlarm(Date.now() + 5);
  }

  calm(): void {
    this.#deed = "nothing";
  }

  /** What is set, and by how many milliseconds it is past. */
  async getAlarm(): Promise<{ alarm: number | null; past: number }> {
    const alarm = await this.ctx.storage.getAlarm();
    return { alarm, past: Date.now() - (alarm ?? 0) };
  }

  async setAlarm(searchParams: URLSearchParams): Promise<number | null | string> {
    try {
      await this.ctx.storage.setAlarm(Number(searchParams.get("time")));
      return await this.ctx.storage.getAlarm();
    } catch (error) {
      return String(error);
    }
  }

  async wipe(): Promise<boolean> {
    await this.ctx.storage.setAlarm(Date.now() + 3_600_000);
    await this.ctx.storage.deleteAll();
    return (await this.ctx.storage.getAlarm()) === null;
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    const { scheduledTime, retryCount } = info as AlarmInvocationInfo & { scheduledTime: number };
    const deed = this.#deed;
    if (deed !== "throw") this.#deed = "nothing";
    const { storage } = this.ctx;
    const late = Date.now() - scheduledTime;
    if (deed === "set for the same time") await storage.setAlarm(scheduledTime);
    if (deed === "set a millisecond later") await storage.setAlarm(scheduledTime + 1);
    tell(this.ctx, { scheduledTime, late, retryCount, alarm: await storage.getAlarm() });
    if (deed === "throw") throw new Error("an alarm's");
  }
}

/** Writes when a timer goes off. */
export class Timers extends Asked {
  write(searchParams: URLSearchParams): void {
    const { kv } = this.ctx.storage;
    const stay = searchParams.get("stay");
    setTimeout(() => {
      kv.put("writes", this.writes() + 1);
      if (stay !== null) setTimeout(() => {}, Number(stay));
    }, 100);
  }

  writes(): number {
    return Number(this.ctx.storage.kv.get("writes") ?? 0);
  }
}

/** The states of the objects of this isolate. */
const states = new Map<string, DurableObjectState>();

export class Neighbours extends Asked {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    states.set(String(ctx.id.name), ctx);
  }

  /** What the state of another object says within an event of this one. */
  ask(searchParams: URLSearchParams): unknown {
    const ctx = states.get(String(searchParams.get("of"))) as DurableObjectState;
    let failure: string | undefined;
    try {
      ctx.storage.kv.get("x");
    } catch (error) {
      failure = String(error);
    }
    return { name: ctx.id.name, webSockets: ctx.getWebSockets("tag").length, failure };
  }
}

export class Sockets extends Asked {
  /** Those that have brought a message since the object is there. */
  readonly #known = new Set<WebSocket>();
  #release: (() => void) | undefined;

  look(): unknown {
    const listed = this.ctx.getWebSockets();
    const stamp = (one: WebSocket) => this.ctx.getWebSocketAutoResponseTimestamp(one);
    return {
      listed: listed.length,
      tagged: this.ctx.getWebSockets("tag").filter((one) => listed.includes(one)).length,
      known: listed.filter((one) => this.#known.has(one)).length,
      open: listed.filter((one) => one.readyState === WebSocket.OPEN).length,
      answersBy: this.ctx.getWebSocketAutoResponse()?.request,
      answered: listed.filter((one) => stamp(one) !== null).length,
      attached: listed.map((one) => one.deserializeAttachment()),
    };
  }

  answer(): void {
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("3", "6"));
  }

  attach(searchParams: URLSearchParams): string {
    try {
      const [one] = this.ctx.getWebSockets();
      one?.serializeAttachment("x".repeat(Number(searchParams.get("length"))));
      return "kept";
    } catch (error) {
      return String(error);
    }
  }

  /** Whether what is attached to a WebSocket that the object has closed is kept. */
  close(): void {
    for (const one of this.ctx.getWebSockets()) {
      one.serializeAttachment("closed");
      one.close(1000, "done");
    }
  }

  release(): void {
    this.#release?.();
  }

  override webSocketMessage(
    webSocket: WebSocket,
    message: string | ArrayBuffer,
  ): void | Promise<void> {
    this.#known.add(webSocket);
    tell(this.ctx, typeof message === "string" ? message : message.constructor.name);
    if (message === "stay") {
      return new Promise<void>((resolve) => {
        this.#release = resolve;
        webSocket.send("staying");
      });
    }
    webSocket.send("heard");
    return undefined;
  }
}

/** As for `hibernate: false`. */
export class Accepting extends Asked {
  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/open") return super.fetch(request);
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    server.addEventListener("message", ({ data }) => server.send(data.constructor.name));
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Which of these the isolate has. */
  globals(): unknown {
    return ["WeakRef", "FinalizationRegistry"].filter((name) => name in globalThis);
  }
}

/** Its constructor fails once, in time or not. */
export class Failing extends Asked {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    const isFirst = !told.has(String(ctx.id.name));
    tell(ctx, "constructed");
    if (!isFirst) return;
    ctx.blockConcurrencyWhile(async () => {
      if (ctx.id.name === "late") await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      throw new Error("the constructor's");
    });
  }
}

/** `/<class>/<object>/…` leads to the object; `/<class>/<object>/told` to what it has told. */
export default {
  async fetch(request: Request, env: Record<string, DurableObjectNamespace>): Promise<Response> {
    const url = new URL(request.url);
    const [, kind = "", name = "", ...rest] = url.pathname.split("/");
    if (rest[0] === "told") return Response.json(told.get(name) ?? []);
    url.pathname = `/${rest.join("/")}`;
    try {
      const object = env[kind] as DurableObjectNamespace;
      return await object.getByName(name).fetch(new Request(url, request));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
