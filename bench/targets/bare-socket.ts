/** As it is called: with what came. */
type Listener = (...args: unknown[]) => void;

/** A socket of the measured application, and no more of it than an echo, an acknowledgement and the room need. */
export class BareSocket {
  readonly id = "";
  readonly rooms: ReadonlySet<string> = new Set();
  readonly listeners = new Map<string, Listener>();
  readonly #ws: WebSocket;
  readonly #join: (ws: WebSocket) => void;

  constructor(ws: WebSocket, join: (ws: WebSocket) => void) {
    this.#ws = ws;
    this.#join = join;
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this.listeners.set(event, listener as Listener);
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
