import { DurableObject } from "cloudflare:workers";
import { chat } from "../../worker/chat.ts";
import { openPacket } from "./opening.ts";

const PING_INTERVAL = 25_000;
const PATH = "/socket.io/";

/** As it is called: with what came. */
type Listener = (...args: unknown[]) => void;
type Middleware = (socket: LeastSocket, next: (error?: Error) => void) => void;

/** What is kept of a client through a sleep. */
interface Kept {
  id?: string;
  data?: object;
  rooms?: string[];
}

/** A socket, as far as the chat needs one. */
class LeastSocket {
  readonly id: string;
  readonly data: object;
  readonly rooms: Set<string>;
  readonly handshake: { auth: unknown };
  readonly listeners = new Map<string, Listener>();
  readonly #chat: LeastChat;
  readonly #ws: WebSocket;

  constructor(chat: LeastChat, ws: WebSocket, { id, data, rooms }: Kept, auth: unknown) {
    this.#chat = chat;
    this.#ws = ws;
    this.id = id ?? crypto.randomUUID();
    this.data = data ?? {};
    this.rooms = new Set(rooms ?? [this.id]);
    this.handshake = { auth };
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this.listeners.set(event, listener as Listener);
  }

  join(room: string): void {
    this.rooms.add(room);
    this.keep();
  }

  leave(room: string): void {
    this.rooms.delete(room);
    this.keep();
  }

  keep(): void {
    const { id, data, rooms } = this;
    this.#ws.serializeAttachment({ id, data, rooms: [...rooms] } satisfies Kept);
  }

  send(frame: string): void {
    this.#ws.send(frame);
  }

  get broadcast(): Operator {
    return this.#chat.operator((other) => other !== this);
  }

  to(room: string): Operator {
    return this.#chat.operator((other) => other !== this && other.rooms.has(room));
  }
}

interface Operator {
  emit(event: string, ...args: unknown[]): void;
  fetchSockets(): Promise<LeastSocket[]>;
  readonly volatile: Operator;
}

/** The chat demo's own code on an object that speaks just enough for it: no pictures, no statistics, no promises. */
export class LeastChat extends DurableObject {
  #use!: Middleware;
  #connection!: (socket: LeastSocket) => void;
  readonly #sockets = new Map<WebSocket, LeastSocket>();
  /** Its listeners run again after a sleep: what they send was sent before. */
  #isSilent = true;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("3", "6"));
    const io = {
      use: (middleware: Middleware) => {
        this.#use = middleware;
      },
      on: (_event: string, listener: (socket: LeastSocket) => void) => {
        this.#connection = listener;
      },
      emit: (event: string, ...args: unknown[]) => this.operator(() => true).emit(event, ...args),
      in: (room: string) => this.operator(({ rooms }) => rooms.has(room)),
      except: (room: string) => this.operator(({ rooms }) => !rooms.has(room)),
      fetchSockets: () => this.operator(() => true).fetchSockets(),
      engine: { on: () => undefined },
      stats: () => ({ naps: 0, wakesPerHour: {}, connections: this.#sockets.size, rowsWritten: 0 }),
    };
    chat(io as unknown as Parameters<typeof chat>[0]);
    for (const ws of ctx.getWebSockets()) {
      const kept: Kept | null = ws.deserializeAttachment();
      if (kept !== null) this.#welcome(ws, new LeastSocket(this, ws, kept, {}));
    }
    this.#isSilent = false;
  }

  operator(isMeant: (socket: LeastSocket) => boolean): Operator {
    const meant = (): LeastSocket[] => [...this.#sockets.values()].filter(isMeant);
    const operator = {
      emit: (...event: unknown[]) => {
        if (this.#isSilent) return;
        const frame = `42${JSON.stringify(event)}`;
        for (const socket of meant()) socket.send(frame);
      },
      fetchSockets: async () => meant(),
      get volatile(): Operator {
        return operator;
      },
    };
    return operator;
  }

  override async fetch(_request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.send(openPacket(crypto.randomUUID()));
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(Date.now() + PING_INTERVAL);
    }
    return new Response(null, { status: 101, webSocket: client });
  }

  override async alarm(): Promise<void> {
    const webSockets = this.ctx.getWebSockets();
    for (const ws of webSockets) ws.send("2");
    if (webSockets.length > 0) await this.ctx.storage.setAlarm(Date.now() + PING_INTERVAL);
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    const [, type, id, json] = /^4(\d)(\d*)(.*)$/s.exec(message as string) ?? [];
    if (type === "0") this.#connect(ws, JSON.parse(json || "{}"));
    if (type !== "2") return;
    const [event, ...args] = JSON.parse(json as string);
    const answer = (value: unknown): void => ws.send(`43${id}${JSON.stringify([value])}`);
    this.#sockets.get(ws)?.listeners.get(event)?.(...args, ...(id === "" ? [] : [answer]));
  }

  #connect(ws: WebSocket, auth: unknown): void {
    const socket = new LeastSocket(this, ws, {}, auth);
    this.#use(socket, (error) => {
      if (error !== undefined) {
        ws.send(`44${JSON.stringify({ message: error.message })}`);
        return;
      }
      ws.send(`40${JSON.stringify({ sid: socket.id })}`);
      socket.keep();
      this.#welcome(ws, socket);
    });
  }

  #welcome(ws: WebSocket, socket: LeastSocket): void {
    this.#sockets.set(ws, socket);
    this.#connection(socket);
  }

  override webSocketClose(ws: WebSocket, code: number): void {
    this.#sockets.get(ws)?.listeners.get("disconnecting")?.();
    this.#sockets.delete(ws);
    ws.close(code);
  }
}

interface Env {
  readonly CHAT: DurableObjectNamespace<LeastChat>;
}

export default {
  fetch(request, env) {
    if (!new URL(request.url).pathname.startsWith(PATH)) {
      return new Response("Not found\n", { status: 404 });
    }
    return env.CHAT.get(env.CHAT.idFromName("default")).fetch(request);
  },
} satisfies ExportedHandler<Env>;
