import { application } from "./application.ts";
import { BenchObject as Json } from "./raw-json.worker.ts";

export { default } from "./raw-frames.worker.ts";

// biome-ignore lint/suspicious/noExplicitAny: Socket.IO's own listener signature.
type Listener = (...args: any[]) => void;

/** A socket of the measured application, and no more of it than an echo, an acknowledgement and the room need. */
class BareSocket {
  readonly id = "";
  readonly rooms: ReadonlySet<string> = new Set();
  readonly listeners = new Map<string, Listener>();
  readonly #ws: WebSocket;
  readonly #join: (ws: WebSocket) => void;

  constructor(ws: WebSocket, join: (ws: WebSocket) => void) {
    this.#ws = ws;
    this.#join = join;
  }

  on(event: string, listener: Listener): void {
    this.listeners.set(event, listener);
  }

  emit(event: string, ...args: unknown[]): void {
    this.#ws.send(`42${JSON.stringify([event, ...args])}`);
  }

  acknowledge(id: string, args: unknown[]): void {
    this.#ws.send(`43${id}${JSON.stringify(args)}`);
  }

  join(): void {
    this.#join(this.#ws);
  }

  leave(): void {}
}

/** The object that reads and writes JSON, when the measured application's listeners give the answers. */
export class BenchObject extends Json {
  readonly #sockets = new WeakMap<WebSocket, BareSocket>();
  readonly #members = new Set<WebSocket>();

  protected override answer(ws: WebSocket, message: string, start: number): void {
    const socket = this.socketOf(ws);
    const event = JSON.parse(message.slice(start)) as unknown[];
    const listener = socket.listeners.get(event[0] as string);
    if (start === 2) listener?.(event[1]);
    else
      listener?.(event[1], (...args: unknown[]) =>
        socket.acknowledge(message.slice(2, start), args),
      );
  }

  protected socketOf(ws: WebSocket): BareSocket {
    const known = this.#sockets.get(ws);
    if (known !== undefined) return known;
    const socket = new BareSocket(ws, (joining) => this.join(joining));
    this.#sockets.set(ws, socket);
    application({
      on: (_event, listener) => listener(socket),
      to: () => ({ emit: (event, ...args) => this.emitToRoom(event, args) }),
      disconnectSockets: () => undefined,
    });
    return socket;
  }

  /** Everybody joins the same room. */
  protected join(ws: WebSocket): void {
    this.#members.add(ws);
  }

  protected emitToRoom(event: string, args: unknown[]): void {
    const frame = `42${JSON.stringify([event, ...args])}`;
    for (const member of this.#members) member.send(frame);
  }

  override webSocketClose(ws: WebSocket, code: number): void {
    this.#members.delete(ws);
    super.webSocketClose(ws, code);
  }
}
