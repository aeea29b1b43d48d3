/**
 * One Engine.IO connection: upstream's `engine.Socket` as applications see it (`socket.conn`, the
 * argument of `io.engine`'s `connection`), and what the runtime keeps for it.
 */

import { toBase64 } from "../../codec/base64.ts";
import { describeRegistration, EventEmitter, type EventName } from "../../common/event-emitter.ts";
import * as DisconnectReason from "../../core/abi/disconnect-reason.gen.ts";
import * as EnginePacketType from "../../core/abi/engine-packet-type.gen.ts";
import { enginePacketNames } from "../../core/abi.gen.ts";
import { KeptRequest } from "../handshake/kept-request.ts";
import { RepeatedParts } from "../handshake/repeated-parts.ts";
import type { EngineRequest, Opening } from "../handshake/request.ts";
import type { RequestDetails } from "../handshake/request-details.ts";
import type { Frame, Host, HostTransport, SendHints } from "../host/host.ts";
import type { AuthSizes } from "./auth-sizes.ts";
import type { KeptSessions } from "./kept-sessions.ts";
import type { Registrant, Registrations } from "./registrant.ts";
import { type ReadyState, Transport } from "./transport.ts";

const ENGINE_PACKET_NAMES: readonly string[] = enginePacketNames;

/** Events that are emitted once at the most. */
const HAPPENS_ONCE: ReadonlySet<EventName> = new Set(["upgrading", "upgrade", "close"]);

/** How many characters or bytes are sent between two looks at `bufferedAmount`, which is a call to the platform. */
const CHECKED_BYTES = 65_536;

/** An Engine.IO packet, as `packet` and `packetCreate` listeners get it. */
export interface EnginePacket {
  type: string;
  data?: Frame | undefined;
  options?: { compress: boolean };
}

/** How a frame is sent. */
export interface SendFlags extends SendHints {
  /** Drop it when the transport is not writable. */
  volatile?: boolean | undefined;
  /** Called when the platform has handed the frame on, or in a microtask where it does not tell. */
  sent?: (() => void) | undefined;
}

/** A binary packet whose attachments have not all come: its arguments, with placeholders. */
export interface PendingPayload {
  args: unknown[];
  attachments: Uint8Array[];
}

/** What a connection needs of the runtime that has made it. */
export interface ConnectionOwner {
  readonly host: Host;
  readonly keeper: Registrations;
  readonly options: { readonly maxBufferedAmount: number };
  /** The server's `PollingServer`. Polling transports know its class. */
  readonly polling: object | undefined;
  /** The number of the turn (`turns.ts`). */
  readonly turn: number;
  /** See `Commands.beforeSending`. */
  readonly beforeSending: (() => void) | undefined;
  send(connection: Connection, frames: readonly Frame[], flags?: SendFlags): void;
  /** `reason`: a `DisconnectReason`. */
  closeConnection(connection: Connection, reason: number): void;
  /** Reports what was thrown, and where. */
  _report(error: unknown, where: string): void;
  /** `waiting` bytes wait for the client, more than may: the connection is closed after this turn. */
  _giveUpUnread(connection: Connection, waiting: number): void;
}

/** @internal What of a connection the application was handed, and may hold from then on. */
export const HandedOut = {
  nothing: 0,
  /** The request alone, which came from elsewhere. */
  request: 1,
  all: 2,
} as const;
export type HandedOut = (typeof HandedOut)[keyof typeof HandedOut];

/** What a connection is, before a sleep and after it. */
export type ConnectionIdentity = Omit<Opening, "details">;

/** @internal The names of a connection's own properties. Those with other names are the application's. */
export const connectionProperties: Set<string> = new Set();

/**
 * The connection of one client, which its sockets in all namespaces share.
 *
 * Events: `packet` (what came) and `packetCreate` (what goes out), each an `EnginePacket`; `data` and
 * `message` (a message that came); `flush`, `drain`, `heartbeat`; `upgrading` and `upgrade` (the new
 * transport), where a client begins with HTTP long-polling; `close` (reason, description).
 *
 * @example
 * socket.conn.on("packet", ({ type, data }) => console.log("got", type, data));
 * socket.conn.on("close", (reason) => console.log(reason));
 */
export class Connection extends EventEmitter implements Registrant {
  /** The Engine.IO session id. Whoever knows it can act as the client: keep it secret. */
  readonly id: string;
  /** Engine.IO protocol revision. */
  readonly protocol: 3 | 4;
  /** Whether it can be written to: `open`. */
  readyState: ReadyState = "open";
  /** The request that opened the connection. May be deleted to save memory, as upstream. */
  request?: EngineRequest | undefined;

  /** @internal The core's handle. */
  _handle: number;
  /** @internal What carries its packets at the moment. */
  _transport: HostTransport;
  /** @internal */
  readonly _runtime: ConnectionOwner;
  /** The turn in which something was last sent: until it is over, the transport is not writable. */
  #writtenTurn = -1;
  /** How many characters and bytes were sent since the last look at `bufferedAmount`. */
  #unchecked = 0;
  /** Whether it is about to be closed because its client does not read. */
  #isGivenUp = false;
  /** @internal */
  _pending: PendingPayload | undefined;
  /** @internal What of it the application was handed, and may still hold. */
  _handedOut: HandedOut;
  /** @internal Whether code that does not run again has had it since the object woke, and may hold what hangs there. */
  _isHeld = false;
  /** @internal Its place in the order in which connections were opened, as `CoreViews.arrange` tells. */
  _place = Number.POSITIVE_INFINITY;
  /** @internal How many of its sockets are running functions whose listeners will be added again after a sleep. */
  _registering = 0;
  /** @internal How many listeners of events of its sockets go on. */
  _goingOn = 0;
  /** @internal What its snapshot kept for sessions whose `Socket` was not made yet, by namespace. */
  _restored: KeptSessions | undefined;
  /** @internal Auth payloads of sessions that are not admitted yet, by namespace name. */
  _connecting: Map<string, Record<string, unknown>> | undefined;
  /** @internal How large the auth payloads of all its sessions are together. */
  _auth: AuthSizes | undefined;
  /** @internal Which parts of its handshake run again after a sleep: flags of `RepeatedParts`. */
  readonly _repeats: number;
  /** @internal `socket.client`, once it was asked for. */
  _client: object | undefined;
  /** @internal What the application had set on `socket.client` before a sleep. */
  _clientProperties: Record<string, unknown> | undefined;
  /** @internal The keeper's: what was kept of the connection last. */
  _account: object | undefined;
  /** @internal The `description` for `disconnect` listeners, beside the reason. */
  _description: unknown;
  /** @internal What a snapshot keeps of the request. Empty if it was deleted before. */
  readonly _details: RequestDetails;
  #transport: Transport | undefined;
  /** Whether binary data is sent as base64. Undefined until there is any. */
  #sendsBase64: boolean | undefined;

  /** @internal Connections are made by the runtime. */
  constructor(
    runtime: ConnectionOwner,
    handle: number,
    transport: HostTransport,
    { id, protocol, request, repeats = RepeatedParts.none }: ConnectionIdentity,
    details: RequestDetails,
  ) {
    super();
    this._runtime = runtime;
    this._handle = handle;
    this.id = id;
    this.protocol = protocol;
    this._transport = transport;
    this._details = details;
    this._repeats = repeats;
    this.request = request ?? new KeptRequest(details);
    this._handedOut = request === undefined ? HandedOut.nothing : HandedOut.request;
    if (connectionProperties.size > 0) return;
    for (const name of Object.keys(this)) connectionProperties.add(name);
  }

  /**
   * @internal Whether something of the application's may hang on it, its request or its client: it was handed
   * one of them, and may hold it from then on, or something hung there before a sleep.
   */
  get _isHandedOut(): boolean {
    return this._handedOut !== HandedOut.nothing;
  }

  /** @internal */
  override _onListenerAdded(event: EventName, listener: unknown): void {
    this._runtime.keeper.noteAdded(this, describeRegistration(event), listener);
  }

  /** @internal */
  override _onListenerRemoved(event: EventName, before: readonly unknown[], index: number): void {
    const { keeper } = this._runtime;
    const method = describeRegistration(event);
    if (HAPPENS_ONCE.has(event)) keeper.forgetAdded(this, method, before[index]);
    else keeper.noteRemoved(this, method, before[index]);
  }

  /** @internal */
  get _isRegistering(): boolean {
    return this._registering > 0 || this.readyState !== "open";
  }

  /** @internal */
  get _calledAs(): string {
    return "socket.conn";
  }

  /** @internal */
  _describe(): string {
    return `connection ${this.id}`;
  }

  /** Whether a client that polls is trying a WebSocket, over which nothing goes yet. */
  get upgrading(): boolean {
    return this._transport.isUpgrading === true;
  }

  /** Whether the client has begun with HTTP long-polling, and goes on over a WebSocket. */
  get upgraded(): boolean {
    return this._transport.name !== "polling" && this._details.peek.query.transport === "polling";
  }

  /** The client's address, where the platform tells it. */
  get remoteAddress(): string {
    return this._details.peek.address;
  }

  /** What carries its packets at the moment. */
  get transport(): Transport {
    this.#transport ??= new Transport(this, this._transport);
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
    const all = done === undefined ? flags : { ...flags, sent: done };
    this._runtime.send(this, [toFrame(data)], all);
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

  /** @internal Goes on over another transport, which the host has made ready. */
  _setTransport(transport: HostTransport): void {
    this._transport = transport;
    this.#transport = undefined;
    this.#unchecked = 0;
  }

  /**
   * @internal Sends a frame in the form of Engine.IO 4; older and text-only clients get it in theirs.
   */
  _send(frame: Frame, flags: SendFlags | undefined): void {
    if (!this._takes(frame)) return;
    const form =
      typeof frame === "string" || this.#takesPlainBinary ? frame : this.#adaptBinary(frame);
    if (this._listeners === undefined && flags?.sent === undefined)
      this._transport.send(form, undefined, flags);
    else this.#sendAnnounced(form, frame, flags);
  }

  /** @internal To be called for each frame before it is sent. False: it must be dropped. */
  _takes(frame: Frame): boolean {
    if (this.readyState !== "open" || this.#isGivenUp) return false;
    const { turn } = this._runtime;
    if (this.#writtenTurn !== turn) {
      if (this.#unchecked > CHECKED_BYTES && this.#isUnread()) return false;
      this.#writtenTurn = turn;
    }
    this.#unchecked += frame.length;
    return true;
  }

  /** @internal See `Transport.writable`. */
  get _writable(): boolean {
    return (
      this.readyState === "open" &&
      this.#writtenTurn !== this._runtime.turn &&
      !this._transport.bufferedAmount &&
      this._transport.isUnasked !== true
    );
  }

  /**
   * Whether more waits for the client than may, of what it was sent before this was asked last: what is new it may not
   * have had the time to read. Asked before the first frame of a turn.
   */
  #isUnread(): boolean {
    const waiting = this._transport.bufferedAmount ?? 0;
    this.#isGivenUp = waiting - this.#unchecked > this._runtime.options.maxBufferedAmount;
    this.#unchecked = 0;
    if (this.#isGivenUp) this._runtime._giveUpUnread(this, waiting);
    return this.#isGivenUp;
  }

  get #takesPlainBinary(): boolean {
    return this.protocol === 4 && !this.#isBase64;
  }

  get #isBase64(): boolean {
    this.#sendsBase64 ??= Boolean(this._details.peek.query.b64);
    return this.#sendsBase64;
  }

  #adaptBinary(bytes: Uint8Array): Frame {
    if (this.#isBase64) return (this.protocol === 3 ? "b4" : "b") + toBase64(bytes);
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

  /** `form`: what goes over the transport instead of the frame. */
  #sendAnnounced(form: Frame, frame: Frame, flags: SendFlags | undefined): void {
    this.#announce(frame, flags);
    this._runtime.beforeSending?.();
    const sent = (): void => {
      this.emit("drain");
      flags?.sent?.();
    };
    this._transport.send(form, sent, flags);
    // biome-ignore lint/style/noRestrictedGlobals: what the application's own functions throw is no rejection
    if (!this._transport.tellsWhenSent) queueMicrotask(sent);
  }

  #announce(frame: Frame, flags: SendFlags | undefined): void {
    const isText = typeof frame === "string";
    const type = isText ? (ENGINE_PACKET_NAMES[frame.charCodeAt(0) - 48] as string) : "message";
    const packet: EnginePacket = { type, options: { compress: flags?.compress !== false } };
    if (!isText) packet.data = frame;
    else if (frame.length > 1) packet.data = frame.slice(1);
    this.emit("packetCreate", packet);
    this.emit("flush", [packet]);
  }
}

/** Bytes are sent as they are, anything else as its text; nothing for what is not there, as upstream. */
function toFrame(data: Frame | ArrayBuffer): Frame {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return data instanceof Uint8Array ? data : `${EnginePacketType.message}${data || ""}`;
}
