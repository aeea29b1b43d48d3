/** A client in a namespace, as the application sees it. */

import { LiveSet } from "../adapter/live-views.ts";
import { NONE, PacketType } from "../core/abi.gen.ts";
import type { Connection } from "../engine/connection.ts";
import type { EngineRequest } from "../engine/request.ts";
import { Replay } from "../sleep/replay.ts";
import type { SavedSocket } from "../sleep/saved-socket.ts";
import { isEmptyObject, putBack, SocketDataSlot } from "../sleep/socket-data.ts";
import { mayHaveChanged, type OwnProperties, ownProperties } from "../sleep/socket-properties.ts";
import { CatchAllEmitter } from "./any-listeners.ts";
import { type AckCallback, AckTable } from "./broadcast-acks.ts";
import { BroadcastOperator, joined, type OperatorFlags } from "./broadcast-operator.ts";
import type { Client } from "./client.ts";
import { buildHandshake } from "./handshake.ts";
import { type Middleware, runMiddlewares } from "./middleware.ts";
import type { Namespace, NamespaceAdapter } from "./namespace.ts";
import type { OperatorOf } from "./room-emitter.ts";
import type { Server } from "./server.ts";
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
  id: SocketId;
  /** The secret id for recovery, where that is on. */
  pid: string | undefined;
  connected: boolean;
  /** Whether it was connected before the object slept. */
  restored?: boolean;
}

export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Any,
> extends CatchAllEmitter<
  ListenEvents,
  EmitEvents,
  SocketReservedEventsMap,
  OperatorOf<EmitEvents, SocketData>
> {
  readonly nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** The connection underneath; other sockets of the client share it. */
  readonly conn: Connection;
  /** Unique, and known to the client as `socket.id`. */
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
  #handshake: Handshake | undefined;
  readonly #data: SocketDataSlot;
  /** What a replay sees of `data` instead. */
  #scratch: SocketDataSlot | undefined;
  /** Whether a listener may hold an object of its data, and change it any time. */
  #hasHandedOut = false;
  /** What was kept last of the application's own properties. */
  #own: OwnProperties | undefined;
  #isClosing = false;
  #flags: OperatorFlags | undefined;
  #acks: Map<number, AckCallback> | undefined;
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
    this.#data = new SocketDataSlot(this, state.data ?? {});
    this._replay = this.restored ? new Replay() : undefined;
    if (state.own !== undefined) {
      this.#own = state.own;
      Object.assign(this, state.own);
    }
  }

  // --- what is known of the client ---------------------------------------------------------------

  get server(): Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.nsp.server;
  }

  get adapter(): NamespaceAdapter {
    return this.nsp.adapter;
  }

  get client(): Client<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.nsp.server._clientOf(this.conn);
  }

  /** The request that opened the connection. */
  get request(): EngineRequest {
    return this.conn.request as EngineRequest;
  }

  get handshake(): Handshake {
    this.#handshake ??= buildHandshake(this.conn, this.#auth, this.#issued);
    return this.#handshake;
  }

  /**
   * For the application; kept while the object sleeps. On servers that sleep, an assignment of what
   * cannot be cloned throws; functions that clone want `{ ...socket.data }`.
   */
  get data(): SocketData {
    const slot = this._replay === undefined ? this.#data : this.#dataSlot();
    return slot.view as SocketData;
  }

  set data(data: SocketData) {
    const slot = this._replay === undefined ? this.#data : this.#dataSlot();
    slot.view = data;
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** The rooms it is in, its own among them. */
  get rooms(): Set<Room> {
    if (this._session === NONE) return new Set();
    return this.adapter.socketRooms(this.id) ?? new Set();
  }

  /** Acknowledgements that are waited for, by their ids. */
  get acks(): Map<number, AckCallback> {
    this.#ackTable ??= new AckTable(this.#ownAcks(), this.nsp._broadcastAcks, () => this._session);
    return this.#ackTable;
  }

  // --- to the client -----------------------------------------------------------------------------

  /** Emits to the client. A function as last argument gets the client's acknowledgement. */
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
    this.#registerAck(ackId as number, ack, flags?.timeout);
    return true;
  }

  /** Emits, and resolves with the acknowledgement; after `timeout()` it rejects when that is late. */
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

  /** Emits `message`. */
  send(...args: EventParams<EmitEvents, "message">): this {
    this.emit("message", ...args);
    return this;
  }

  /** Emits `message`. */
  write(...args: EventParams<EmitEvents, "message">): this {
    this.emit("message", ...args);
    return this;
  }

  /** Whether the next packet is compressed; the platforms go by their own rules. */
  compress(compress: boolean): this {
    this.#flag().compress = compress;
    return this;
  }

  /** The next packet may be dropped when the client is not ready to receive. */
  get volatile(): this {
    this.#flag().volatile = true;
    return this;
  }

  /** The next acknowledgement must come within so many milliseconds. */
  timeout(
    timeout: number,
  ): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData> {
    this.#flag().timeout = timeout;
    return this as unknown as Socket<ListenEvents, Any, ServerSideEvents, SocketData>;
  }

  // --- to others ---------------------------------------------------------------------------------

  /** Everyone without this socket. */
  get broadcast(): OperatorOf<EmitEvents, SocketData> {
    return this._operator();
  }

  /** Everyone on this server without this socket. */
  get local(): OperatorOf<EmitEvents, SocketData> {
    return this.broadcast.local;
  }

  // --- rooms -------------------------------------------------------------------------------------

  join(rooms: Room | Room[]): Promise<void> | void {
    if (this.#isInNamespace) return this.adapter.addAll(this.id, joined(new Set(), rooms));
  }

  leave(room: Room): Promise<void> | void {
    if (this.#isInNamespace) return this.adapter.del(this.id, room);
  }

  leaveAll(): void {
    if (this.#isInNamespace) this.adapter.delAll(this.id);
  }

  // --- from the client ---------------------------------------------------------------------------

  /** Adds a function that sees every event before its listeners do, and may hold it back. */
  use(fn: (event: Event, next: (err?: Error) => void) => void): this {
    this.#middlewares ??= [];
    this.#middlewares.push(fn);
    return this;
  }

  // --- the end -----------------------------------------------------------------------------------

  /** Takes the client out of the namespace; `close`: closes the whole connection. */
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
    this.#own = ownProperties(this, (key) => this.nsp.server._sessions.noteLost(this, key));
    const saved: SavedSocket = { issued: this.#issued };
    const { raw } = this.#data;
    if (!isEmptyObject(this.#auth)) saved.auth = this.#auth;
    if (!isEmptyObject(raw)) saved.data = raw;
    if (this.recovered) saved.recovered = true;
    if (this.#own !== undefined) saved.own = this.#own;
    if (this.nsp._parentIndex !== undefined) saved.parent = this.nsp._parentIndex;
    if (this._hasOutgoing) saved.outgoing = true;
    return isCareful ? this.nsp.server._sessions.withoutUncloneable(this, saved) : saved;
  }

  /** @internal Whether it may have changed since it was kept without anybody having noticed. */
  get _mayHaveChanged(): boolean {
    return this.#hasHandedOut || mayHaveChanged(this, this.#own);
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
    if (ackId !== undefined) event.push(this.#answer(ackId));
    this._notifyIncoming(event);
    if (this.#middlewares === undefined) this._emitArray(event);
    else this.#runMiddlewares(this.#middlewares, event);
  }

  /** @internal An acknowledgement came. One that nobody waits for is ignored. */
  _onAck(ackId: number, args: unknown[]): boolean {
    const ack = this.#acks?.get(ackId);
    if (ack === undefined) return false;
    try {
      ack.apply(this, args);
    } finally {
      this.#acks?.delete(ackId);
    }
    return true;
  }

  /** @internal An acknowledgement is not waited for any more. */
  _forgetAck(ackId: number): void {
    this.#acks?.delete(ackId);
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
        data: this.#data.raw,
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
  get _isDataKept(): boolean {
    return this.conn._runtime.host.sleeps === true;
  }

  /** @internal */
  _onDataChange(): void {
    if (this._session !== NONE) this.nsp.server._sleep.noteChange(this.conn);
  }

  /** @internal */
  _onDataHandedOut(): void {
    if (this._session === NONE) return;
    this.#hasHandedOut = true;
    this.nsp.server._sleep.noteChange(this.conn);
    this.nsp.server._sessions.noteHandedOut(this);
  }

  /** @internal */
  _describe(): string {
    return `socket ${this.id} in ${this.nsp.name}`;
  }

  /** @internal */
  override _settling(promise: PromiseLike<unknown>): void {
    this.nsp.server._sessions.noteAsync(promise, this.nsp.name, this);
  }

  /** @internal The namespace's listeners to be run again, in their order. */
  _connectionListeners(): readonly ((socket: Any) => unknown)[] {
    const listeners = ["connect", "connection"].flatMap((event) => this.nsp.rawListeners(event));
    return listeners as ((socket: Any) => unknown)[];
  }

  /** @internal A replay is over: what it wrote is undone. */
  _putBack(): void {
    if (this.#scratch !== undefined) this.#data.adopt(this.#scratch);
    this.#scratch = undefined;
    for (const [key, value] of Object.entries(this.#own ?? {})) {
      const properties = this as unknown as OwnProperties;
      properties[key] = putBack(properties[key], value);
    }
  }

  /** The slot for the code that is running: a replay writes to a copy. */
  #dataSlot(): SocketDataSlot {
    const { gate } = this.nsp.server._sleep;
    if (this._replay === undefined || !gate.isCurrent(this._replay)) return this.#data;
    this.#scratch ??= this.#data.scratch();
    return this.#scratch;
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

  #ownAcks(): Map<number, AckCallback> {
    this.#acks ??= new Map();
    return this.#acks;
  }

  #registerAck(id: number, ack: AckCallback, timeout: number | undefined): void {
    const acks = this.#ownAcks();
    if (timeout === undefined) {
      this.#awaitAck(acks, id, ack);
      return;
    }
    const timer = setTimeout(() => {
      acks.delete(id);
      this.nsp._guard(() => ack.call(this, new Error("operation has timed out")), this.id);
    }, timeout);
    acks.set(id, (...args) => {
      clearTimeout(timer);
      ack.call(this, null, ...args);
    });
  }

  /** Without a timeout. Where the object may fall asleep, something must keep it awake. */
  #awaitAck(acks: Map<number, AckCallback>, id: number, ack: AckCallback): void {
    const keeper = this.nsp.server._sleep.acks;
    if (keeper === undefined) {
      acks.set(id, ack);
      return;
    }
    const awaited = keeper.expect(this, id);
    acks.set(id, (...args) => {
      keeper.forget(awaited);
      ack.apply(this, args);
    });
  }

  /** The function with which a listener acknowledges an event. It works once. */
  #answer(ackId: number): AckCallback {
    let isAnswered = false;
    return (...args) => {
      if (isAnswered) return;
      const runtime = this.conn._runtime;
      const frames = runtime.encode(PacketType.ack, this.nsp.name, ackId, args);
      // Whoever gives it: the client asked just now.
      runtime.gate.exempt(() => runtime.send(this.conn, frames));
      isAnswered = true;
    };
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
    );
  }
}
