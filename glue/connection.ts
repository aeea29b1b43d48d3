/**
 * One Engine.IO connection: upstream's `engine.Socket` as applications see it (`socket.conn`, the
 * argument of `io.engine`'s `connection`), and what the runtime keeps for it.
 */
import { DisconnectReason } from "./abi.gen.ts";
import { DetailsRequest, type EngineRequest } from "./engine-request.ts";
import { EventEmitter } from "./event-emitter.ts";
import type { Frame, HandshakeDetails, HostSocket } from "./host.ts";
import type { Runtime } from "./runtime.ts";

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

/** The text half of a binary packet, and the attachments that came since. */
export interface PendingPayload {
  text: string;
  offset: number;
  attachments: Uint8Array[];
}

export class Connection extends EventEmitter {
  /** The Engine.IO session id. Whoever knows it can act as the client: keep it secret. */
  readonly id: string;
  /** Engine.IO protocol revision. */
  readonly protocol: 3 | 4;
  readonly remoteAddress: string;
  readonly upgrading = false;
  readonly upgraded = false;
  readyState: ReadyState = "open";
  /** The request that opened the connection. May be deleted to save memory, as upstream. */
  request?: EngineRequest | undefined;

  /** @internal The core's handle. */
  readonly _handle: number;
  /** @internal */
  readonly _socket: HostSocket;
  /** @internal */
  readonly _runtime: Runtime;
  /** @internal The turn in which something was last sent: until it is over, it is not writable. */
  _writtenTurn = -1;
  /** @internal */
  _pending: PendingPayload | undefined;
  /** @internal What a snapshot held for sessions whose `Socket` nobody needed yet, by namespace. */
  _restored: Map<string, unknown> | undefined;
  /** @internal Auth payloads of sessions that are not admitted yet, by namespace name. */
  _connecting: Map<string, Record<string, unknown>> | undefined;
  /** @internal Why the connection ends, where there is more to say than the reason. */
  _description: Error | undefined;
  readonly #details: HandshakeDetails;
  #transport: Transport | undefined;

  /** @internal Connections are made by the runtime. */
  constructor(
    runtime: Runtime,
    handle: number,
    id: string,
    protocol: 3 | 4,
    socket: HostSocket,
    details: HandshakeDetails,
    request?: EngineRequest,
  ) {
    super();
    this._runtime = runtime;
    this._handle = handle;
    this.id = id;
    this.protocol = protocol;
    this._socket = socket;
    this.#details = details;
    this.remoteAddress = details.address;
    this.request = request ?? new DetailsRequest(details);
  }

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
    const frame =
      typeof data === "string"
        ? `4${data}`
        : data instanceof ArrayBuffer
          ? new Uint8Array(data)
          : data;
    this._runtime.send(this, [frame], flags);
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
    if (this.readyState !== "open") return;
    this._runtime.closeConnection(this, DisconnectReason.forced_close);
  }

  /** @internal What a snapshot keeps of the request; nothing if it was deleted. */
  get _details(): HandshakeDetails | undefined {
    return this.request === undefined ? undefined : this.#details;
  }

  /** @internal See `Transport.writable`. */
  get _writable(): boolean {
    return this.readyState === "open" && this._writtenTurn !== this._runtime.turn;
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
