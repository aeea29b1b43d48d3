/** A WebSocket client that knows nothing of the protocols: frames in and out. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import type { Host } from "./hosts.ts";

const PATIENCE = 60_000;
const PING = "2";
const PONG = "3";
/** What a Durable Object answers pongs with; the protocol lets it pass anywhere. */
const NOOP = "6";

/** How a connection is opened. */
export interface WireOptions {
  /** Query parameters; `undefined` leaves one of the usual ones out. */
  query?: Record<string, string | undefined>;
  /** The server with quick heartbeats. Its pings are frames to be taken like any other. */
  lively?: boolean;
}

/** A frame as it came: text, or the bytes of a binary one. */
export type WireFrame = string | Buffer;

export class Wire {
  readonly #socket: WebSocket;
  readonly #frames: WireFrame[] = [];
  readonly #lively: boolean;
  #changed: () => void = () => {};
  /** Whether the handshake succeeded. */
  isOpened = false;
  isClosed = false;

  constructor(url: URL, lively: boolean) {
    this.#lively = lively;
    this.#socket = new WebSocket(url);
    this.#socket.on("open", () => {
      this.isOpened = true;
    });
    this.#socket.on("message", (data: Buffer, isBinary: boolean) => {
      this.#take(isBinary ? data : data.toString());
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.isClosed = true;
      this.#changed();
    });
  }

  send(...frames: (string | Uint8Array)[]): void {
    for (const frame of frames) this.#socket.send(frame);
  }

  /** The next frame. Fails if the connection ends before it. */
  async next(): Promise<WireFrame> {
    await this.#until(() => this.#frames.length > 0 || this.isClosed, "a frame");
    const frame = this.#frames.shift();
    assert.ok(frame !== undefined, "the connection was closed");
    return frame;
  }

  /** The next frame must be this one. */
  async expect(...frames: (string | Buffer)[]): Promise<void> {
    for (const frame of frames) assert.deepEqual(await this.next(), frame);
  }

  /** The next frame must match; gives what the groups caught. */
  async match(pattern: RegExp): Promise<string[]> {
    const frame = await this.next();
    assert.match(String(frame), pattern);
    return (pattern.exec(String(frame)) ?? []).slice(1);
  }

  /** The same, where a heartbeat may come before it, which is answered. */
  async matchNext(pattern: RegExp): Promise<void> {
    let frame = await this.next();
    for (; this.#lively && frame === PING; frame = await this.next()) this.send(PONG);
    assert.match(String(frame), pattern);
  }

  /** The server must close the connection without another frame. */
  async closed(): Promise<void> {
    await this.#until(() => this.isClosed, "the end");
    assert.deepEqual(this.#frames, []);
  }

  /** Fails if the server closed or said something else before it answered something sent now. */
  async isQuiet(): Promise<void> {
    const question = `still there? ${Math.random()}`;
    this.send(`42["message","${question}"]`);
    await this.expect(`42["message-back","${question}"]`);
  }

  close(): void {
    this.#socket.terminate();
  }

  #take(frame: WireFrame): void {
    if (frame === NOOP || (frame === PING && !this.#lively)) return;
    this.#frames.push(frame);
    this.#changed();
  }

  #until(probe: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!probe()) return;
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE);
      this.#changed = check;
      check();
    });
  }
}

/** Opens connections to one host, and ends what is left of them. */
export class Wires {
  readonly host: Host;
  readonly #opened: Wire[] = [];

  constructor(host: Host) {
    this.host = host;
  }

  /** A new connection, of which nothing has been read. */
  open({ query = {}, lively = false }: WireOptions = {}): Wire {
    const wire = new Wire(this.url({ query, lively }), lively);
    this.#opened.push(wire);
    return wire;
  }

  /** The URL of a handshake. */
  url({ query = {}, lively = false }: WireOptions = {}): URL {
    const url = this.host.url(lively);
    for (const [name, value] of Object.entries({ EIO: "4", transport: "websocket", ...query })) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  /** A new connection behind its Engine.IO handshake. */
  async handshaken(options?: WireOptions): Promise<Wire> {
    const wire = this.open(options);
    await wire.match(/^0\{/);
    return wire;
  }

  /** A new connection that has joined the main namespace. */
  async connected(options?: WireOptions): Promise<Wire> {
    const wire = await this.handshaken(options);
    wire.send("40");
    await wire.matchNext(/^40\{"sid":"[^"]+"\}$/);
    await wire.matchNext(/^42\["auth",\{\}\]$/);
    return wire;
  }

  end(): void {
    for (const wire of this.#opened) wire.close();
  }
}
