import { application } from "./application.ts";
import { BenchObject as Json } from "./raw-json.worker.ts";

export { default } from "./raw-frames.worker.ts";

// biome-ignore lint/suspicious/noExplicitAny: Socket.IO's own listener signature.
type Listener = (...args: any[]) => void;

/** A socket of the measured application, and no more of it than an echo and an acknowledgement need. */
class BareSocket {
  readonly id = "";
  readonly rooms: ReadonlySet<string> = new Set();
  readonly listeners = new Map<string, Listener>();
  readonly #ws: WebSocket;

  constructor(ws: WebSocket) {
    this.#ws = ws;
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

  join(): void {}

  leave(): void {}
}

/** The object that reads and writes JSON, when the measured application's listeners give the answers. */
export class BenchObject extends Json {
  readonly #sockets = new WeakMap<WebSocket, BareSocket>();

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
    const socket = new BareSocket(ws);
    this.#sockets.set(ws, socket);
    application({
      on: (_event, listener) => listener(socket),
      to: () => ({ emit: () => undefined }),
      disconnectSockets: () => undefined,
    });
    return socket;
  }
}
