import { application } from "./application.ts";
import { BareSocket } from "./bare-socket.ts";
import { BenchObject as Json } from "./raw-json.worker.ts";

export { default } from "./raw-frames.worker.ts";

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
