/** The stock client with a recorder: what client halves hold in their hands. */
import type { ManagerOptions, Socket, SocketOptions } from "socket.io-client";
import type { Entry } from "../scenario.ts";
import type { Aliases } from "./aliases.ts";
import type { ClientKind } from "./client-kinds.ts";
import { encodeEntry } from "./encode.ts";
import { fence, isFence } from "./fence.ts";
import { Conditions, PATIENCE, poll } from "./wait.ts";

/** Listeners to register before the client connects. */
export type ClientListeners = Record<string, (...args: never[]) => void>;

/** Options of the stock client, and the listeners it starts with. */
export type ClientOptions = Partial<ManagerOptions & SocketOptions> & {
  namespace?: string;
  on?: ClientListeners;
};

/** What a client shares with the run it belongs to. */
export interface ClientRun {
  aliases: Aliases;
  /** How clients connect. */
  kind: ClientKind;
  /** See `RunningServer.beforeEvent`. */
  beforeEvent(): Promise<void>;
  /** Takes notice of a WebSocket that is cut. */
  noteCut(): void;
  /** Takes notice of a client that another one opened on its connection. */
  adopt(client: StockClient): void;
}

/**
 * Records `connect`, `connect_error` (message and data), `disconnect` (reason) and every event with
 * its arguments, in the order in which the application on the client sees them. With connection
 * state recovery, the offset at the end of an event becomes `<offset>`.
 */
export class StockClient {
  readonly name: string;
  readonly socket: Socket;
  readonly #run: ClientRun;
  readonly #entries: Entry[] = [];
  readonly #received: { event: string; args: unknown[] }[] = [];
  readonly #conditions = new Conditions();
  /** When the server was last heard: a ping, or something that is recorded. */
  lastHeard = Date.now();

  constructor(name: string, socket: Socket, run: ClientRun, listeners: ClientListeners = {}) {
    this.name = name;
    this.socket = socket;
    this.#run = run;
    this.#record();
    for (const [event, listener] of Object.entries(listeners)) {
      socket.on(event, listener as (...args: unknown[]) => void);
    }
  }

  /** The observations so far, ids replaced by names. */
  get log(): Entry[] {
    return this.#run.aliases.apply(this.#entries);
  }

  /** The names of the observations so far. */
  get events(): string[] {
    return this.#entries.map(([event]) => event);
  }

  /** Whether it has a connection. */
  get isThere(): boolean {
    const { engine } = this.socket.io;
    return engine !== undefined && engine.readyState !== "closed";
  }

  /** Adds an observation of the client half's own. */
  note(event: string, ...values: unknown[]): void {
    this.#push(event, values);
  }

  /** Resolves once it goes over a WebSocket, or is gone. */
  async upgraded(): Promise<void> {
    const isThere = async () => {
      const { engine } = this.socket.io;
      return engine?.readyState !== "open" || engine.transport.name === "websocket" || undefined;
    };
    await poll(`${this.name}: an upgrade`, isThere, () => JSON.stringify(this.log));
  }

  /** Emits an event. */
  async emit(event: string, ...args: unknown[]): Promise<void> {
    await this.act((socket) => socket.emit(event, ...args));
  }

  /**
   * Emits an event and waits until the server has handled it, as far as it does so at once. For
   * observations of what happens around an event: `socket.io` on Node works on events that arrive
   * in one chunk side by side (all `onAny`, then all middlewares, then all listeners).
   */
  async deliver(event: string, ...args: unknown[]): Promise<void> {
    await this.emit(event, ...args);
    await this.fence();
    await this.fence();
  }

  /** Emits an event and waits for the acknowledgement: its first argument. */
  async ask(event: string, ...args: unknown[]): Promise<unknown> {
    await this.#run.beforeEvent();
    try {
      return await this.socket.timeout(PATIENCE).emitWithAck(event, ...args);
    } catch (error) {
      const state = this.socket.connected ? "connected" : "not connected";
      const seen = `${state}; seen: ${JSON.stringify(this.log)}`;
      throw new Error(`${this.name}: no answer to ${event}; ${seen}`, { cause: error });
    }
  }

  /** Does something with the stock socket at once, for example several emits in one turn. */
  async act<T>(action: (socket: Socket) => T): Promise<T> {
    await this.#run.beforeEvent();
    return action(this.socket);
  }

  /** Sends something past the stock client's own encoder, as an Engine.IO message. */
  async message(data: string | Uint8Array): Promise<void> {
    await this.act(({ io }) => io.engine.write(data as never));
  }

  /** Leaves the namespace; the connection closes if it was the last one. */
  async disconnect(): Promise<void> {
    await this.act((socket) => socket.disconnect());
  }

  /** Ends the WebSocket without a closing handshake, as a lost network does. */
  async cut(): Promise<void> {
    if (this.#run.kind === "polling") throw new Error("there is no WebSocket: see client-kinds.ts");
    this.#run.noteCut();
    await this.act(({ io }) => {
      const { ws } = io.engine.transport as unknown as { ws: { terminate(): void } };
      ws.terminate();
    });
    await this.disconnected();
  }

  /** Connects again and waits for the outcome. */
  async reconnect(): Promise<void> {
    const seen = this.#outcomes();
    await this.act((socket) => socket.connect());
    await this.#until("an outcome", () => (this.#outcomes() > seen ? true : undefined));
  }

  /** Opens another namespace on the same connection. */
  async open(namespace: string, options: ClientOptions = {}): Promise<StockClient> {
    await this.#run.beforeEvent();
    const socket = this.socket.io.socket(namespace, options);
    const client = new StockClient(`${this.name}${namespace}`, socket, this.#run, options.on);
    this.#run.adopt(client);
    socket.connect();
    await client.settled();
    return client;
  }

  /** Waits until the client is connected or has been refused. */
  async settled(): Promise<void> {
    await this.#until("connect or connect_error", () => (this.#outcomes() > 0 ? true : undefined));
  }

  /** Waits for the count-th observation of this name; gives its values as they came. */
  async received(event: string, count = 1): Promise<unknown[]> {
    return this.#until(`${count} times ${event}`, () => {
      return this.#received.filter((entry) => entry.event === event)[count - 1]?.args;
    });
  }

  /** Waits for the count-th disconnect; gives its reason. */
  async disconnected(count = 1): Promise<string> {
    const [reason] = await this.received("disconnect", count);
    return reason as string;
  }

  /** Resolves once the server has answered something sent now (see `fence.ts`); needs JSON. */
  async fence(): Promise<void> {
    const { engine, opts } = this.socket.io;
    if (engine?.readyState !== "open" || opts.parser !== undefined) return;
    await fence({
      send: (text) => engine.write(text),
      listen: (onText, onClose) => {
        engine.on("data", onText);
        engine.on("close", onClose);
        return () => {
          engine.off("data", onText);
          engine.off("close", onClose);
        };
      },
    });
  }

  #outcomes(): number {
    return this.events.filter((event) => event === "connect" || event === "connect_error").length;
  }

  #record(): void {
    const { socket } = this;
    socket.io.on("ping", () => {
      this.lastHeard = Date.now();
    });
    socket.on("connect", () => {
      const { aliases } = this.#run;
      aliases.add(socket.id, this.name);
      aliases.add(socket.io.engine.id, `${this.name}.engine`);
      aliases.add(this.#pid, `${this.name}.pid`);
      this.#push("connect", []);
    });
    socket.on("connect_error", (error) => {
      this.#push("connect_error", [error.message, (error as { data?: unknown }).data]);
    });
    socket.on("disconnect", (reason) => this.#push("disconnect", [reason]));
    socket.onAny((event: string, ...args: unknown[]) => {
      const offset = this.#pid !== undefined && typeof args.at(-1) === "string";
      if (!isFence(event)) this.#push(event, offset ? [...args.slice(0, -1), "<offset>"] : args);
    });
  }

  /** The private session id, which exists with connection state recovery only. */
  get #pid(): string | undefined {
    return (this.socket as unknown as { _pid?: string })._pid;
  }

  #push(event: string, values: unknown[]): void {
    if (event !== "disconnect") this.lastHeard = Date.now();
    this.#received.push({ event, args: values });
    this.#entries.push(encodeEntry(event, values));
    this.#conditions.changed();
  }

  #until<T>(what: string, probe: () => T | undefined): Promise<T> {
    return this.#conditions.wait(`${this.name}: ${what}`, probe, () => JSON.stringify(this.log));
  }
}
