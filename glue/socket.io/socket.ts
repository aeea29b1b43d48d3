/** A client in a namespace, as the application sees it. */

import { LiveSet } from "../adapter/live-views.ts";
import { NONE, PacketType } from "../core/abi.gen.ts";
import type { Connection } from "../engine/connection.ts";
import type { EngineRequest } from "../engine/request.ts";
import { isEmptyObject } from "../sleep/cloneable.ts";
import { KeptState } from "../sleep/kept-state.ts";
import { Replay } from "../sleep/replay.ts";
import type { SavedSocket } from "../sleep/saved-socket.ts";
import { CatchAllEmitter } from "./any-listeners.ts";
import { type AckCallback, AckTable } from "./broadcast-acks.ts";
import { BroadcastOperator, joined, type OperatorFlags } from "./broadcast-operator.ts";
import type { Client } from "./client.ts";
import { buildHandshake } from "./handshake.ts";
import { type Middleware, runMiddlewares } from "./middleware.ts";
import type { Namespace, NamespaceAdapter } from "./namespace.ts";
import type { DeliveryOperators } from "./operators.ts";
import type { OperatorOf } from "./room-emitter.ts";
import type { Server } from "./server.ts";
import { acknowledge, SocketAcks } from "./socket-acks.ts";
import {
  type DisconnectReason,
  type Event,
  type Handshake,
  RECOVERABLE_DISCONNECT_REASONS,
  RESERVED_EVENTS,
  type Room,
  type SocketId,
  type SocketReservedEventsMap,
} from "./socket-types.ts";
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
} from "./typed-events.ts";

/** What a socket is made from. */
export interface SocketState extends SavedSocket {
  /** As `socket.id`. */
  id: SocketId;
  /** The secret id for recovery, where that is on. */
  pid: string | undefined;
  /** Whether the client is in the namespace already. */
  connected: boolean;
  /** Whether it was connected before the object slept. */
  restored?: boolean;
}

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
  extends CatchAllEmitter<
    ListenEvents,
    EmitEvents,
    SocketReservedEventsMap,
    OperatorOf<EmitEvents, SocketData>
  >
  implements
    DeliveryOperators<
      Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData>
    >
{
  /** The namespace that it is in. */
  readonly nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** The connection underneath; other sockets of the client share it. */
  readonly conn: Connection;
  /** Unique, and known to the client as `socket.id`. Another after a reconnect that recovers nothing. */
  readonly id: SocketId;
  /** Whether the client continued an earlier session: rooms and data are those of then. */
  readonly recovered: boolean;
  /**
   * Whether it was connected before the object slept. Its connection listeners run again then; what
   * they do beside registering listeners has happened already.
   */
  readonly restored: boolean;
  /** Whether the client is in the namespace now. */
  connected: boolean;
  /** @internal The core's handle; `NONE` once the session is gone. */
  _session: number;
  /** @internal What is to be done until its listeners are there again. */
  _replay: Replay | undefined;

  readonly #pid: string | undefined;
  readonly #auth: Record<string, unknown>;
  readonly #issued: number;
  readonly #kept: KeptState;
  #handshake: Handshake | undefined;
  #isClosing = false;
  #flags: OperatorFlags | undefined;
  #acks: SocketAcks | undefined;
  #ackTable: AckTable | undefined;
  #rooms: LiveSet<Room> | undefined;
  #middlewares: Middleware<Any>[] | undefined;

  /** @internal Sockets are made by their namespace. */
  constructor(
    nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    conn: Connection,
    session: number,
    state: SocketState,
  ) {
    super();
    this.nsp = nsp;
    this.conn = conn;
    this._session = session;
    this.id = state.id;
    this.recovered = state.recovered ?? false;
    this.restored = state.restored ?? false;
    this.connected = state.connected;
    this.#pid = state.pid;
    this.#auth = state.auth ?? {};
    this.#issued = state.issued;
    this._replay = this.restored ? new Replay() : undefined;
    this.#kept = new KeptState(this, nsp.server._sleep, state.data ?? {}, state.own);
  }

  // --- what is known of the client ---------------------------------------------------------------

  /** The server, as `io`. */
  get server(): Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.nsp.server;
  }

  /** The adapter of its namespace. */
  get adapter(): NamespaceAdapter {
    return this.nsp.adapter;
  }

  /** What its sockets in all namespaces have in common. */
  get client(): Client<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.nsp.server._clientOf(this.conn);
  }

  /**
   * The request that opened the connection: a small part of Node's `IncomingMessage`, on Node itself the
   * whole.
   */
  get request(): EngineRequest {
    return this.conn.request as EngineRequest;
  }

  /**
   * What was known of the client when it came: headers, query, address, and what it said as `auth`.
   *
   * @example
   * io.use((socket, next) => {
   *   if (isValid(socket.handshake.auth.token)) next();
   *   else next(new Error("who are you?"));
   * });
   */
  get handshake(): Handshake {
    this.#handshake ??= buildHandshake(this.conn, this.#auth, this.#issued);
    return this.#handshake;
  }

  /**
   * For the application; kept while the object sleeps, as structured clone keeps it. It is an ordinary
   * object: what can be cloned in it can be returned, stored and sent. What cannot is told of in the log.
   *
   * @example
   * socket.data.name = "Ada";
   * const names = (await io.fetchSockets()).map(({ data }) => data.name);
   */
  get data(): SocketData {
    return this.#kept.data as SocketData;
  }

  set data(data: SocketData) {
    this.#kept.data = data;
  }

  /** The opposite of `connected`. */
  get disconnected(): boolean {
    return !this.connected;
  }

  /**
   * The rooms it is in; one has the name of its id. A view: it follows what happens and cannot be written.
   * After the disconnect it shows the last rooms.
   *
   * @example
   * socket.join("lobby");
   * socket.rooms.has("lobby"); // true
   */
  get rooms(): Set<Room> {
    if (this._session === NONE) return new Set();
    return this.adapter.socketRooms(this.id) ?? new Set();
  }

  /** Acknowledgements that are waited for, by their ids. */
  get acks(): Map<number, AckCallback> {
    const { pending } = this.#ownAcks();
    this.#ackTable ??= new AckTable(pending, this.nsp._broadcastAcks, () => this._session);
    return this.#ackTable;
  }

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
  ): boolean {
    if (RESERVED_EVENTS.has(ev)) throw new Error(`"${String(ev)}" is a reserved event name`);
    const event: unknown[] = args;
    event.unshift(ev);
    const flags = this.#takeFlags();
    let ack: AckCallback | undefined;
    let ackId: number | undefined;
    if (typeof event[event.length - 1] === "function") {
      ack = event.pop() as AckCallback;
      ackId = this.nsp._allocateAck(this._session);
    }
    const { gate } = this.conn._runtime;
    if (ack === undefined) {
      if (!gate.isDropping) this.#sendEvent(event, undefined, flags);
      return true;
    }
    // The code waits for the answer, and nobody else can give it.
    gate.exempt(() => this.#sendEvent(event, ackId, flags));
    this.#ownAcks().expect(ackId as number, ack, flags?.timeout);
    return true;
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
    this.emit("message", ...args);
    return this;
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
    if (this.#isInNamespace) return this.adapter.addAll(this.id, joined(new Set(), rooms));
  }

  /**
   * Leaves a room. Returns a promise only where the adapter does.
   *
   * @example
   * socket.leave("room1");
   */
  leave(room: Room): Promise<void> | void {
    if (this.#isInNamespace) return this.adapter.del(this.id, room);
  }

  /** Leaves all rooms, its own too. */
  leaveAll(): void {
    if (this.#isInNamespace) this.adapter.delAll(this.id);
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
    if (!this.connected || this.#isClosing || !this.#isInNamespace) return this;
    if (close) this.client._disconnect();
    else this.nsp.server._sessions.disconnect(this._session);
    return this;
  }

  // --- what the library calls --------------------------------------------------------------------

  /** @internal Everyone without this socket. */
  override _operator(): OperatorOf<EmitEvents, SocketData> {
    return new BroadcastOperator(this.adapter, new Set(), new Set([this.id]), this.#takeFlags());
  }

  /** @internal The secret id for recovery. */
  get _pid(): string | undefined {
    return this.#pid;
  }

  /** @internal What a snapshot must keep of it; the core has the rest. `isCareful`: check it all. */
  _save(isCareful: boolean): SavedSocket {
    const { _sleep: sleep, _sessions: sessions } = this.nsp.server;
    sleep.ledger.noteKept(this.#kept);
    const saved: SavedSocket = { issued: this.#issued };
    const data = this.#kept.keptData;
    const own = this.#kept.keptOwn((key) => sessions.noteLost(this, key));
    if (!isEmptyObject(this.#auth)) saved.auth = this.#auth;
    if (!isEmptyObject(data)) saved.data = data;
    if (this.recovered) saved.recovered = true;
    if (own !== undefined) saved.own = own;
    if (this.nsp._parentIndex !== undefined) saved.parent = this.nsp._parentIndex;
    if (this._hasOutgoing) saved.outgoing = true;
    return isCareful ? sessions.withoutUncloneable(this, saved) : saved;
  }

  /** @internal What the application keeps on it. */
  get _kept(): KeptState {
    return this.#kept;
  }

  /** @internal The one view of its rooms, which is kept even when it has left them. */
  _roomsView(): LiveSet<Room> {
    this.#rooms ??= new LiveSet({ list: () => this.nsp._roomsOf(this._session) });
    return this.#rooms;
  }

  /** @internal */
  override _onFirstOutgoing(): void {
    this.nsp._hasOutgoingListeners = true;
  }

  /** @internal An event came. */
  _onEvent(event: unknown[], ackId: number | undefined): void {
    if (ackId !== undefined) event.push(acknowledge(this, ackId));
    this._notifyIncoming(event);
    if (this.#middlewares === undefined) this._emitArray(event);
    else this.#runMiddlewares(this.#middlewares, event);
  }

  /** @internal An acknowledgement came. One that nobody waits for is ignored. */
  _onAck(ackId: number, args: unknown[]): boolean {
    return this.#acks?.receive(ackId, args) ?? false;
  }

  /** @internal An acknowledgement is not waited for any more. */
  _forgetAck(ackId: number): void {
    this.#acks?.pending.delete(ackId);
  }

  /** @internal */
  _onError(error: unknown): void {
    this._emitArray(["error", error]);
  }

  /** @internal The session ends; it is gone when this returns. */
  _onClose(reason: DisconnectReason, description: unknown): void {
    this.#isClosing = true;
    const { nsp } = this;
    nsp._guard(() => this._emitArray(["disconnecting", reason, description]), this.id);
    if (nsp.server._recovery && this.#pid && RECOVERABLE_DISCONNECT_REASONS.has(reason)) {
      const session = {
        sid: this.id,
        pid: this.#pid,
        rooms: [...this.rooms],
        data: this.#kept.keptData,
      };
      nsp._guard(() => this.adapter.persistSession(session), this.id);
    }
    this._cleanUp();
    this.connected = false;
    nsp.server._sessions.release(this);
    nsp._guard(() => this._emitArray(["disconnect", reason, description]), this.id);
  }

  /** @internal The core is gone, and all its sessions with it. */
  _onReset(): void {
    const wasConnected = this.connected;
    this.#isClosing = true;
    this.connected = false;
    this._session = NONE;
    if (!wasConnected) return;
    for (const event of ["disconnecting", "disconnect"]) {
      this.nsp._guard(() => this._emitArray([event, "transport error"]), this.id);
    }
  }

  /** @internal Leaves all rooms; what was handed out of them stays readable. */
  _cleanUp(): void {
    if (this.#rooms !== undefined) {
      const rooms = [...this.#rooms];
      this.#rooms.replaceSource({ list: () => rooms.slice() });
    }
    this.nsp._guard(() => this.adapter.delAll(this.id), this.id);
  }

  /** @internal A packet's frames, past the listeners: to a client that recovers its session. */
  _sendMissed(event: unknown[]): void {
    const runtime = this.conn._runtime;
    runtime.send(this.conn, runtime.encode(PacketType.event, this.nsp.name, undefined, event));
  }

  /** @internal */
  _describe(): string {
    return `socket ${this.id} in ${this.nsp.name}`;
  }

  /** @internal */
  override _settling(promise: PromiseLike<unknown>): void {
    this.nsp.server._sessions.noteAsync(promise, this.nsp.name, this);
  }

  /** @internal The client sends more than can be kept for its listeners. */
  _expel(reason: string): void {
    this.conn._runtime.expel(this.conn, reason);
  }

  /** @internal The namespace's listeners to be run again, in their order. */
  _connectionListeners(): readonly ((socket: Any) => unknown)[] {
    const listeners = ["connect", "connection"].flatMap((event) => this.nsp.rawListeners(event));
    return listeners as ((socket: Any) => unknown)[];
  }

  /** @internal */
  _beginReplay(): void {
    this.#kept.beginReplay();
  }

  /** @internal What the replay wrote is undone. */
  _endReplay(): void {
    this.#kept.endReplay();
  }

  /** Whether its rooms can change, and it can be disconnected. */
  get #isInNamespace(): boolean {
    return this._session !== NONE;
  }

  #sendEvent(event: unknown[], ackId: number | undefined, flags: OperatorFlags | undefined): void {
    if (this.nsp.server._recovery) {
      // Through the adapter, which keeps the packet for a client that is lost.
      const packet = { type: PacketType.event, data: event, id: ackId };
      this.adapter.broadcast(packet, { rooms: new Set([this.id]), except: new Set(), flags });
    } else {
      const runtime = this.conn._runtime;
      const frames = runtime.encode(PacketType.event, this.nsp.name, ackId, event);
      this._notifyOutgoing(event);
      runtime.send(this.conn, frames, flags);
    }
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

  #ownAcks(): SocketAcks {
    this.#acks ??= new SocketAcks(this);
    return this.#acks;
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
      (promise) => this._settling(promise),
    );
  }
}
