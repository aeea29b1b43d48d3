/**
 * One Engine.IO connection: upstream's `engine.Socket` as applications see it (`socket.conn`, the
 * argument of `io.engine`'s `connection`), and what the runtime keeps for it.
 */

import { EventEmitter } from "../common/event-emitter.ts";
import { DisconnectReason, EnginePacketType } from "../core/abi.gen.ts";
import type { Frame, HostSocket } from "./host.ts";
import { DetailsRequest, type EngineRequest } from "./request.ts";
import type { RequestDetails } from "./request-details.ts";
import type { Runtime } from "./runtime.ts";

const ENGINE_PACKET_NAMES = Object.keys(EnginePacketType);

export type ReadyState = "opening" | "open" | "closing" | "closed";

/** An Engine.IO packet, as `packet` and `packetCreate` listeners get it. */
export interface EnginePacket {
  type: string;
  data?: Frame | undefined;
  options?: { compress: boolean };
}

/** How a frame is sent. */
export interface SendFlags {
  /** Drop it when the transport is not writable. */
  volatile?: boolean | undefined;
  /** Only shown to `packetCreate` listeners; the platforms compress by their own rules. */
  compress?: boolean | undefined;
}

/** A binary packet whose attachments are not all there: its arguments with placeholders. */
export interface PendingPayload {
  args: unknown[];
  attachments: Uint8Array[];
}

/**
 * The connection of one client, which its sockets in all namespaces share.
 *
 * Events: `packet` (what came) and `packetCreate` (what goes out), each an `EnginePacket`; `data` and
 * `message` (a message that came); `flush`, `drain`, `heartbeat`; `close` (reason, description).
 *
 * @example
 * socket.conn.on("packet", ({ type, data }) => console.log("got", type, data));
 * socket.conn.on("close", (reason) => console.log(reason));
 */
export class Connection extends EventEmitter {
  /** The Engine.IO session id. Whoever knows it can act as the client: keep it secret. */
  readonly id: string;
  /** Engine.IO protocol revision. */
  readonly protocol: 3 | 4;
  /** Whether it is changing its transport: never. */
  readonly upgrading = false;
  /** Whether it has changed its transport: never. */
  readonly upgraded = false;
  /** Whether it can be written to: `open`. */
  readyState: ReadyState = "open";
  /** The request that opened the connection. May be deleted to save memory, as upstream. */
  request?: EngineRequest | undefined;

  /** @internal The core's handle. */
  _handle: number;
  /** @internal */
  readonly _socket: HostSocket;
  /** @internal */
  readonly _runtime: Runtime;
  /** @internal The turn in which something was last sent: until it is over, it is not writable. */
  _writtenTurn = -1;
  /** @internal */
  _pending: PendingPayload | undefined;
  /** @internal Whether it was there before a sleep, and nothing of it has been heard since. */
  _isRestored = false;
  /** @internal What a snapshot held for sessions whose `Socket` nobody needed yet, by namespace. */
  _restored: Map<string, unknown> | undefined;
  /** @internal Auth payloads of sessions that are not admitted yet, by namespace name. */
  _connecting: Map<string, Record<string, unknown>> | undefined;
  /** @internal Why the connection ends, where there is more to say than the reason. */
  _description: unknown;
  /** @internal What a snapshot keeps of the request. Empty if it was deleted before. */
  readonly _details: RequestDetails;
  #transport: Transport | undefined;

  /** @internal Connections are made by the runtime. */
  constructor(
    runtime: Runtime,
    handle: number,
    id: string,
    protocol: 3 | 4,
    socket: HostSocket,
    details: RequestDetails,
    request?: EngineRequest,
  ) {
    super();
    this._runtime = runtime;
    this._handle = handle;
    this.id = id;
    this.protocol = protocol;
    this._socket = socket;
    this._details = details;
    this.request = request ?? new DetailsRequest(details);
  }

  /** The client's address, where the platform tells it. */
  get remoteAddress(): string {
    return this._details.value.address;
  }

  /** What it goes over. */
  get transport(): Transport {
    this.#transport ??= new Transport(this);
    return this.#transport;
  }

  /** Sends an Engine.IO message: text as text, bytes as bytes. `callback` runs once it is handed on. */
  send(
    data: Frame | ArrayBuffer,
    options?: SendFlags | (() => void) | null,
    callback?: () => void,
  ): this {
    const done = typeof options === "function" ? options : callback;
    const flags = typeof options === "function" ? undefined : (options ?? undefined);
    this._runtime.send(this, [toFrame(data)], flags);
    if (done !== undefined) queueMicrotask(done);
    return this;
  }

  /** The same as `send`. */
  write(
    data: Frame | ArrayBuffer,
    options?: SendFlags | (() => void) | null,
    callback?: () => void,
  ): this {
    return this.send(data, options, callback);
  }

  /** Closes the connection; sessions end with `forced close`. */
  close(_discard?: boolean): void {
    this._runtime.closeConnection(this, DisconnectReason.forced_close);
  }

  /**
   * @internal Sends a frame in the form of Engine.IO 4; older and text-only clients get it in theirs.
   */
  _send(frame: Frame, flags: SendFlags | undefined): void {
    if (this.readyState !== "open") return;
    this._writtenTurn = this._runtime.turn;
    if (this._events !== undefined) this.#announce(frame, flags);
    if (typeof frame === "string") this._socket.send(frame);
    else this._socket.send(this.#takesPlainBinary ? frame : this.#adaptBinary(frame));
  }

  /** @internal See `Transport.writable`. */
  get _writable(): boolean {
    return this.readyState === "open" && this._writtenTurn !== this._runtime.turn;
  }

  get #takesPlainBinary(): boolean {
    return this.protocol === 4 && this._details.value.query.b64 === undefined;
  }

  #adaptBinary(bytes: Uint8Array): Frame {
    if (this._details.value.query.b64) return (this.protocol === 3 ? "b4" : "b") + toBase64(bytes);
    return this._frame(bytes);
  }

  /** @internal The frame of a binary message: Engine.IO 3 has the packet's type in front. */
  _frame(bytes: Uint8Array): Uint8Array {
    if (this.protocol === 4) return bytes;
    const frame = new Uint8Array(bytes.length + 1);
    frame[0] = EnginePacketType.message;
    frame.set(bytes, 1);
    return frame;
  }

  #announce(frame: Frame, flags: SendFlags | undefined): void {
    const isText = typeof frame === "string";
    const type = isText ? (ENGINE_PACKET_NAMES[frame.charCodeAt(0) - 48] as string) : "message";
    const packet: EnginePacket = { type, options: { compress: flags?.compress !== false } };
    if (!isText) packet.data = frame;
    else if (frame.length > 1) packet.data = frame.slice(1);
    this.emit("packetCreate", packet);
    this.emit("flush", [packet]);
    queueMicrotask(() => this.emit("drain"));
  }
}

/** Upstream's `conn.transport`, as far as a WebSocket has something to say. */
export class Transport extends EventEmitter {
  readonly name = "websocket";
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super();
    this.#connection = connection;
  }

  get sid(): string {
    return this.#connection.id;
  }

  get protocol(): 3 | 4 {
    return this.#connection.protocol;
  }

  get readyState(): ReadyState {
    return this.#connection.readyState;
  }

  /**
   * Whether a volatile packet would be sent now. Platform sockets tell nobody when they have drained,
   * so a transport counts as busy from a send until the end of the turn.
   */
  get writable(): boolean {
    return this.#connection._writable;
  }
}

function toFrame(data: Frame | ArrayBuffer): Frame {
  if (typeof data === "string") return `${EnginePacketType.message}${data}`;
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
