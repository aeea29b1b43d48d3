/** A client in a namespace, as the application sees it. */

import type { Adapter } from "../../adapter/rooms/adapter.ts";
import { isReservedEvent, reservedName } from "../../common/reserved-events.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";
import type { Frame } from "../../engine/host/host.ts";
import { type Middleware, runMiddlewares } from "../admission/middleware.ts";
import type { AckCallback } from "../emitting/broadcast-acks.ts";
import { BroadcastOperator, joined, type OperatorFlags } from "../emitting/broadcast-operator.ts";
import type { DeliveryOperators } from "../emitting/operators.ts";
import type { OperatorOf } from "../emitting/room-emitter.ts";
import type { Event, Room } from "../types/socket-types.ts";
import type {
  AllButLast,
  Any,
  DecorateAcknowledgements,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
} from "../types/typed-events.ts";
import type { OutgoingPacket, PacketFlags } from "./client.ts";
import { SocketSession } from "./socket-session.ts";

/**
 * A client in a namespace. It is handed to `connection` listeners, has the client's events, and is the
 * way to this one client and, by `to` and `broadcast`, to the others. A client that joins several
 * namespaces has a socket in each. After a sleep of the object the socket is made again, with its id,
 * rooms, `data` and handshake, and the connection listeners run again for it (docs/hibernation.md).
 *
 * Events: those of the client; `disconnecting` (reason, description), while the rooms are still there;
 * `disconnect` (reason, description); `error` (error), when the client sent what cannot be decoded, or a
 * middleware of `use` refused an event.
 *
 * @example
 * io.on("connection", (socket) => {
 *   socket.on("say", (text, acknowledge) => {
 *     socket.to("lobby").emit("said", socket.id, text);
 *     acknowledge("done");
 *   });
 *   socket.on("disconnect", (reason) => console.log(socket.id, reason));
 * });
 */
export class Socket<
    ListenEvents extends EventsMap = DefaultEventsMap,
    EmitEvents extends EventsMap = ListenEvents,
    ServerSideEvents extends EventsMap = DefaultEventsMap,
    SocketData = Any,
  >
  extends SocketSession<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  implements
    DeliveryOperators<
      Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData>
    >
{
  #flags: OperatorFlags | undefined;
  #middlewares: Middleware<Any>[] | undefined;

  // --- to the client -----------------------------------------------------------------------------

  /**
   * Emits an event to this client. A function as last argument is called with the client's
   * acknowledgement; `timeout` limits how long it is waited for.
   *
   * @returns true
   * @throws Error for the name of one of the library's own events; TypeError or RangeError for what
   *   cannot be encoded
   * @example
   * socket.emit("hello", "world", { bytes: new Uint8Array([1, 2]) });
   * socket.emit("ready?", (answer) => console.log(answer));
   */
  override emit<Ev extends EventNames<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean;
  // The name is taken with the rest: the list of all is what is sent, and no other is made of it.
  override emit(...event: unknown[]): boolean {
    const name = event[0] as EventNames<EmitEvents>;
    if (isReservedEvent(name)) throw reservedName(name);
    const flags = this.#takeFlags();
    if (typeof event[event.length - 1] === "function") this.#ask(event, flags);
    else if (!this.nsp._runtime.gate.isDropping) this.#sendEvent(event, undefined, flags);
    return true;
  }

  /** Emits an event with a callback for its answer. Apart from `emit`, where the closure would cost every event. */
  #ask(event: unknown[], flags: OperatorFlags | undefined): void {
    const ack = event.pop() as AckCallback;
    const ackId = this.nsp._allocateAck(this._session);
    // The code waits for the answer, and nobody else can give it.
    this.nsp._runtime.gate.exempt(() => this.#sendEvent(event, ackId, flags));
    this._ownAcks().expect(ackId, ack, flags?.timeout);
  }

  /**
   * Emits, and resolves with the client's acknowledgement. After `timeout()` it rejects when that is late;
   * without, it never does, not even when the client is gone.
   *
   * @example
   * try {
   *   const answer = await socket.timeout(1000).emitWithAck("ready?");
   * } catch {
   *   // no answer within a second
   * }
   */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    const hasTimeout = this.#flags?.timeout !== undefined;
    return new Promise((resolve, reject) => {
      const ack: AckCallback = (first, second) => {
        if (!hasTimeout) resolve(first);
        else if (first) reject(first);
        else resolve(second);
      };
      this.emit(ev, ...([...args, ack] as unknown as EventParams<EmitEvents, Ev>));
    });
  }

  /**
   * Emits `message` to this client.
   *
   * @example
   * socket.send("hello"); // socket.emit("message", "hello")
   */
  send(...args: EventParams<EmitEvents, "message">): this {
    this.emit("message", ...args);
    return this;
  }

  /** The same as `send`. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  compress(compress: boolean): this {
    this.#flag().compress = compress;
    return this;
  }

  get volatile(): this {
    this.#flag().volatile = true;
    return this;
  }

  timeout(
    timeout: number,
  ): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData> {
    this.#flag().timeout = timeout;
    return this as unknown as Socket<ListenEvents, Any, ServerSideEvents, SocketData>;
  }

  // --- to others ---------------------------------------------------------------------------------

  /**
   * Everyone in the namespace without this socket.
   *
   * @example
   * socket.broadcast.emit("joined", socket.id);
   */
  get broadcast(): OperatorOf<EmitEvents, SocketData> {
    return this._operator();
  }

  // --- rooms -------------------------------------------------------------------------------------

  /**
   * Joins a room, or several. Rooms are made by the first who joins, and are gone with the last. Returns a
   * promise only where the adapter does.
   *
   * @example
   * socket.join("room1");
   * socket.join(["room1", "room2"]);
   */
  join(rooms: Room | Room[]): Promise<void> | void {
    if (!this.connected) this.nsp._adoptId(this);
    if (this._isInNamespace) return this.adapter.addAll(this.id, joined(new Set(), rooms));
  }

  /**
   * Leaves a room. Returns a promise only where the adapter does.
   *
   * @example
   * socket.leave("room1");
   */
  leave(room: Room): Promise<void> | void {
    if (!this.connected) this.nsp._adoptId(this);
    if (this._isInNamespace) return this.adapter.del(this.id, room);
  }

  /** Leaves all rooms, its own too. */
  leaveAll(): void {
    if (!this.connected) this.nsp._adoptId(this);
    if (this._isInNamespace) this.adapter.delAll(this.id);
  }

  // --- from the client ---------------------------------------------------------------------------

  /**
   * Adds a function that sees every event of the client before its listeners do. It passes the event on by
   * `next()`; `next(error)` holds it back and emits `error` on the socket.
   *
   * @example
   * socket.use(([event, ...args], next) => {
   *   if (isAllowed(socket, event)) next();
   *   else next(new Error("not allowed"));
   * });
   */
  use(fn: (event: Event, next: (err?: Error) => void) => void): this {
    this.#middlewares ??= [];
    this.#middlewares.push(fn);
    this.nsp.server._sleep.noteAdded(this, "use()", fn);
    return this;
  }

  // --- the end -----------------------------------------------------------------------------------

  /**
   * Takes the client out of the namespace. Its listeners hear `disconnect` before this returns.
   *
   * @param close whether the connection is closed, too, which ends the client's sockets in all namespaces
   * @example
   * socket.disconnect();
   * socket.disconnect(true);
   */
  disconnect(close = false): this {
    if (!this.connected || this._isClosing || !this._isInNamespace || this._isJustComing)
      return this;
    if (close) this.client._disconnect();
    else this.nsp.server._sessions.disconnect(this._session);
    return this;
  }

  // --- for adapters --------------------------------------------------------------------------------

  /**
   * Writes a packet to the client, past the listeners of `onAnyOutgoing`. `flags.preEncoded`: what
   * `server.encoder` made of one. Adapters made for `socket.io-adapter` before 2.2 send by it; later ones use
   * `client.writeToEngine`.
   */
  packet(packet: OutgoingPacket | Frame[], flags?: PacketFlags): void {
    if (!Array.isArray(packet)) packet.nsp = this.nsp.name;
    this.nsp.server._clientOf(this._conn)._packet(packet, flags);
  }

  // --- what applications replace -----------------------------------------------------------------

  /**
   * Hands an event of the client's to its listeners. It is there to be replaced, as npm's `socketio-wildcard` and
   * others do with that of `socket.io`: by one that counts events, refuses some, or has them heard as `*`, too.
   *
   * @example
   * const { onevent } = socket;
   * socket.onevent = function (packet) {
   *   if (packet.data[0] !== "spam") onevent.call(this, packet);
   * };
   */
  onevent(packet: IncomingEvent): void {
    this._deliver(packet.data, packet.id);
  }

  /**
   * What answers the client's event of this number, for what stands in the place of `onevent`.
   *
   * @example
   * if (packet.id !== undefined) packet.data.push(socket.ack(packet.id));
   */
  ack(id: number): AckCallback {
    return this._acknowledgement(id);
  }

  // --- what the library calls --------------------------------------------------------------------

  /** @internal Everyone without this socket. */
  override _operator(): OperatorOf<EmitEvents, SocketData> {
    return new BroadcastOperator(this.adapter, new Set(), new Set([this.id]), this.#takeFlags());
  }

  /** @internal Whether it has listeners or middlewares. */
  get _hasListeners(): boolean {
    return this._listeners !== undefined || this._hasCatchAll || this.#middlewares !== undefined;
  }

  /** @internal An event came. */
  _onEvent(args: unknown[], ackId: number | undefined): void {
    if (this.onevent === ONEVENT) this._deliver(args, ackId);
    else this.onevent({ type: PacketType.event, nsp: this.nsp.name, data: args, id: ackId });
  }

  /** @internal To the listeners. The array is theirs. */
  _deliver(args: unknown[], ackId: number | undefined): void {
    const event = ackId === undefined ? args : withLast(args, this._acknowledgement(ackId));
    this._notifyIncoming(event);
    if (this.#middlewares === undefined) this._emitArray(event);
    else this.#runMiddlewares(this.#middlewares, event);
  }

  #sendEvent(event: unknown[], ackId: number | undefined, flags: OperatorFlags | undefined): void {
    if (typeof DORMOUSE_RECOVERY === "undefined" || DORMOUSE_RECOVERY) {
      if (this.nsp.server._recovery) {
        sendRecoverable(this, event, ackId, flags);
        return;
      }
    }
    const runtime = this.nsp._runtime;
    // Before it is encoded: what a listener changes in the arguments is sent.
    this._notifyOutgoing(event);
    const frames = runtime.encode(PacketType.event, this.nsp.name, ackId, event);
    runtime.send(this._conn, frames, flags);
  }

  #flag(): OperatorFlags {
    this.#flags ??= {};
    return this.#flags;
  }

  #takeFlags(): OperatorFlags | undefined {
    const flags = this.#flags;
    this.#flags = undefined;
    return flags;
  }

  #runMiddlewares(middlewares: Middleware<unknown>[], event: unknown[]): void {
    runMiddlewares(
      middlewares,
      event,
      (error) => {
        if (error) this.nsp._guard(() => this._onError(error), this.id);
        else if (this.connected) this.nsp._guard(() => this._emitArray(event), this.id);
      },
      (error) => this.nsp.server._report(error, this.nsp.name, this.id),
      // As a listener that has not settled yet: what it sets later must be kept, too.
      (promise) => this._settling(promise, event[0]),
    );
  }
}

/** What is there as long as nobody replaces it. */
const ONEVENT = Socket.prototype.onevent;

/** An event as a client sent it, as `socket.io-parser` has it. */
interface IncomingEvent {
  type: number;
  nsp: string;
  /** Its name, and what came with it. */
  data: unknown[];
  /** Of an acknowledgement that the client waits for. */
  id?: number | undefined;
}

/** Short lists are made anew: one that grows gets room for sixteen more. */
function withLast(list: unknown[], last: unknown): unknown[] {
  if (list.length === 2) return [list[0], list[1], last];
  list.push(last);
  return list;
}

/** Through the adapter, which keeps the packet for a client that is lost. */
function sendRecoverable(
  { adapter, id }: { readonly adapter: Adapter; readonly id: string },
  event: unknown[],
  ackId: number | undefined,
  flags: OperatorFlags | undefined,
): void {
  if (ackId === undefined && adapter._emitTo?.(id, event, flags)) return;
  const packet = { type: PacketType.event, data: event, id: ackId };
  adapter.broadcast(packet, { rooms: new Set([id]), except: new Set(), flags });
}
