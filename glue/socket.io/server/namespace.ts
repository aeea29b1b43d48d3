/** A namespace: its middlewares, its sockets, and what is sent to all of them. */

import { Adapter } from "../../adapter/rooms/adapter.ts";
import type { AdapterNamespace } from "../../adapter/rooms/adapter-namespace.ts";
import { gateAdapter } from "../../adapter/rooms/gated-adapter.ts";
import { LiveMap } from "../../adapter/rooms/live-views.ts";
import { roomOfName } from "../../adapter/rooms/room-names.ts";
import { describeRegistration, type EventName } from "../../common/event-emitter.ts";
import { leftOut } from "../../common/features.ts";
import * as Status from "../../core/abi/status.gen.ts";
import { NONE } from "../../core/abi.gen.ts";
import { CoreError } from "../../core/errors.ts";
import type { ConnectRequest } from "../../engine/commands/application.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { Registrant } from "../../engine/connections/registrant.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { statePart } from "../../sleep/server-state/server-state-part.ts";
import { admitClient } from "../admission/admission.ts";
import type { ExtendedError, Middleware } from "../admission/middleware.ts";
import { BroadcastAcks } from "../emitting/broadcast-acks.ts";
import { BroadcastEmitter } from "../emitting/broadcast-emitter.ts";
import { BroadcastOperator } from "../emitting/broadcast-operator.ts";
import type { EndingSocket, SocketState } from "../sessions/session-interfaces.ts";
import type { Room, SocketId } from "../types/socket-types.ts";
import type {
  Any,
  DefaultEventsMap,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
} from "../types/typed-events.ts";
import { ConnectedSockets } from "./connected-sockets.ts";
import type { NamespaceReservedEventsMap } from "./reserved-events-maps.ts";
import type { Server } from "./server.ts";
import { Socket } from "./socket.ts";

type AnyNamespace = Namespace<Any, Any, Any, Any>;

/** The adapter of a namespace. */
export type NamespaceAdapter = Adapter<AnyNamespace>;

/**
 * A part of the server with clients, rooms, middlewares and listeners of its own. A client may join many
 * over one connection. Made by `io.of()`.
 *
 * Events: `connection` (and `connect`, the same) with each `Socket` that has passed the middlewares; those
 * that other servers emit by `serverSideEmit`.
 *
 * @example
 * const chat = io.of("/chat");
 * chat.use((socket, next) => next());
 * chat.on("connection", (socket) => {
 *   socket.join("lobby");
 *   chat.to("lobby").emit("joined", socket.id);
 * });
 */
export class Namespace<
    ListenEvents extends EventsMap = DefaultEventsMap,
    EmitEvents extends EventsMap = ListenEvents,
    ServerSideEvents extends EventsMap = DefaultEventsMap,
    SocketData = Any,
    NamespaceData = Any,
  >
  extends BroadcastEmitter<
    EmitEvents,
    ServerSideEvents,
    NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    SocketData
  >
  implements AdapterNamespace, Registrant
{
  /** Begins with a slash: `/chat`. */
  readonly name: string;
  /** The server, as `io`. */
  readonly server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** The connected sockets by id. A view: read it, do not write it. */
  readonly sockets: Map<SocketId, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>;

  /** @internal The core's handle; `NONE` if the core does not know it. */
  _handle: number = NONE;
  /** @internal Middlewares. */
  readonly _fns: Middleware<Any>[] = [];
  /** @internal Sockets whose middlewares are running. */
  readonly _preConnectSockets = new Map<SocketId, Socket<Any, Any, Any, Any>>();
  /** Sockets to which a middleware has given another id. */
  readonly #renamed = new WeakSet<Socket<Any, Any, Any, Any>>();
  /** @internal */
  readonly _broadcastAcks = new BroadcastAcks();
  /** @internal Whether any of its sockets ever had an `onAnyOutgoing` listener. */
  _hasOutgoingListeners = false;
  /** @internal Set by the parent namespace that made it: called when a socket is gone. */
  _onSocketGone: (() => void) | undefined;
  /** @internal The index of the parent namespace that made it, in the order in which those were made. */
  _parentIndex: number | undefined;
  /** The socket or namespace with which `connection` or `new_namespace` listeners are being called. */
  #announced: { _registersUntil(promise: PromiseLike<unknown>): void } | undefined;
  /** How many functions are running whose listeners are added again whenever the namespace is made. */
  #registering = 0;
  #everyone: BroadcastOperator<Any, SocketData> | undefined;
  #adapter: NamespaceAdapter | undefined;
  #data: object | undefined;

  /** @internal Namespaces are made by `io.of()`. */
  constructor(
    server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    name: string,
  ) {
    super();
    this.server = server;
    this.name = name;
    this.sockets = new LiveMap(new ConnectedSockets(this));
    this._open();
    this._initAdapter();
  }

  /** What keeps its rooms and carries out its broadcasts. */
  get adapter(): NamespaceAdapter {
    if (this.#adapter === undefined && this.server.adapter() === Adapter) this.#makeAdapter();
    return this.#adapter as NamespaceAdapter;
  }

  set adapter(adapter: NamespaceAdapter) {
    this.#adapter = adapter;
  }

  // --- sockets -----------------------------------------------------------------------------------

  /**
   * Adds a middleware: a function that every client must pass before it is connected. They run in the order
   * added; `next(error)` refuses the client, which gets `connect_error` with the error's `message` and
   * `data`. A client waits as long as `next` is not called, the `connectTimeout` at most.
   *
   * @example
   * io.use(async (socket, next) => {
   *   socket.data.user = await userOf(socket.handshake.auth.token);
   *   if (socket.data.user) next();
   *   else next(new Error("who are you?"));
   * });
   */
  use(
    fn: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
      next: (err?: ExtendedError) => void,
    ) => void,
  ): this {
    this._fns.push(fn);
    this.server._sleep.noteAdded(this, "use()", fn);
    return this;
  }

  // --- what outlives a sleep ---------------------------------------------------------------------

  /**
   * What the namespace keeps: an object whose keys are kept in the object's storage, until they are deleted.
   * See `Server.data`.
   *
   * @throws as the server's
   * @example
   * const chat = io.of("/chat");
   * chat.data.history ??= [];
   */
  get data(): NamespaceData {
    const { state } = this.server._sleep;
    if ((typeof DORMOUSE_STATE !== "undefined" && !DORMOUSE_STATE) || !statePart || !state) {
      throw leftOut("io.data", "DORMOUSE_STATE");
    }
    this.#data ??= statePart.makeServerData(state, this.name);
    return this.#data as NamespaceData;
  }

  // --- broadcasts --------------------------------------------------------------------------------

  /**
   * Emits an event to all clients of the namespace. Acknowledgements want a `timeout()` before.
   *
   * @returns true
   * @throws Error for the name of one of the library's own events; TypeError or RangeError for what cannot
   *   be encoded
   * @example
   * io.of("/chat").emit("news", "for everybody");
   */
  override emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    ev: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean {
    return this._everyone.emit(ev, ...args);
  }

  // --- other servers -----------------------------------------------------------------------------

  /** An event of another server came. Adapters call it. */
  _onServerSideEmit(args: [string, ...Any[]]): void {
    this._emitArray(args);
  }

  // --- what the library calls --------------------------------------------------------------------

  /** @internal */
  get _runtime(): Runtime {
    return this.server._runtime;
  }

  /** @internal The operator that means everyone. */
  override get _everyone(): BroadcastOperator<Any, SocketData> {
    this.#everyone ??= new BroadcastOperator(this.adapter);
    return this.#everyone;
  }

  /** The next ack id. Adapters made for upstream read it as `nsp._ids++`: reading takes it. */
  get _ids(): number {
    return this._allocateBroadcastAck(new Uint32Array());
  }

  set _ids(_next: number) {}

  /** @internal Makes the core know the namespace. */
  _open(): void {
    this._handle = this.server._runtime.addNamespace(this.name);
  }

  /** @internal The core is a new one and knows nothing. */
  _reset(): void {
    this._preConnectSockets.clear();
    this._broadcastAcks.clear();
    this._open();
  }

  /** @internal Closes it to clients. Returns false, and does nothing, while there are sessions. */
  _close(): boolean {
    try {
      this.server._runtime.removeNamespace(this._handle);
    } catch (error) {
      // There are sessions that are about to end.
      if (error instanceof CoreError && error.status === Status.wrong_state) return false;
      throw error;
    }
    this._handle = NONE;
    for (const part of [this, this.adapter]) this.server._sleep.release(part);
    this._guard(() => this.adapter.close());
    return true;
  }

  /** @internal Replaces the adapter. Its rooms are the core's, and stay. */
  _initAdapter(): void {
    // Other adapters may act when they are made. Ours does not, so it is made when it is needed.
    if (this.server.adapter() !== Adapter) this.#makeAdapter();
    else {
      this.#adapter = undefined;
      this.server._sleep.noteAdapter(this, undefined);
    }
    this.#everyone = undefined;
  }

  #makeAdapter(): void {
    const AdapterClass = this.server.adapter() as new (nsp: AnyNamespace) => NamespaceAdapter;
    const adapter = new AdapterClass(this);
    this.#adapter = adapter;
    this.server._sleep.noteAdapter(this, adapter);
    gateAdapter(adapter, this._runtime.gate);
    this._guard(() => {
      const opening = adapter.init();
      opening?.catch((error: unknown) => this.server._report(error, this.name));
    });
  }

  /** @internal A client asks to join. */
  _add(request: ConnectRequest): void {
    admitClient(this, request);
  }

  /** @internal The socket of a session. */
  _makeSocket(conn: Connection, session: number, state: SocketState): Socket<Any, Any, Any, Any> {
    const socket = new Socket<Any, Any, Any, Any>(this, conn, session, state);
    this.server._sessions.add(socket);
    return socket;
  }

  /** @internal The session of a socket that is connected, about to be, or leaving. */
  _findSession(id: SocketId): number | undefined {
    // Applications ask for whom they do not know, too: `sockets.get(ids[name])`.
    if (this._handle === NONE || typeof id !== "string") return undefined;
    // First, because the core has to search all its sessions for an id that it does not know.
    const waiting = this._preConnectSockets.get(id)?._session;
    return waiting ?? this._runtime.findSession(this._handle, id);
  }

  /**
   * @internal Tells the core of the id that a middleware has given a socket, if it has. Throws a TypeError if that is
   * no id.
   */
  _adoptId(socket: Socket<Any, Any, Any, Any>): void {
    const { id, _session: session } = socket;
    const waiting = this._preConnectSockets;
    if (waiting.get(id) === socket || session === NONE) return;
    const before = this._runtime.sessionId(session);
    // Too late: it is connected, or was refused.
    if (waiting.get(before) !== socket) return;
    if (typeof id !== "string" || id === "") {
      socket.id = before;
      throw new TypeError("dormouse: socket.id must be a string that is not empty");
    }
    this._runtime.rename(session, id);
    waiting.delete(before);
    waiting.set(id, socket);
    this.#renamed.add(socket);
  }

  /**
   * @internal If a middleware has given a socket the id of another one, the other gets no more broadcasts, but stays
   * connected, as upstream. Returns its rooms.
   */
  _takeOver(socket: Socket<Any, Any, Any, Any>): Room[] | undefined {
    if (!this.#renamed.has(socket)) return undefined;
    const other = this._runtime.findSession(this._handle, socket.id);
    if (other === undefined) return undefined;
    const rooms = this._roomsOf(other);
    this._runtime.unlist(other);
    return rooms;
  }

  /** @internal A socket is gone whose id another one had taken over. As upstream, the other gets no more broadcasts. */
  _forsake(id: SocketId): void {
    const other = this._runtime.findSession(this._handle, id);
    if (other !== undefined) this._runtime.unlist(other);
  }

  /** @internal The ids of all sockets, connected or about to be. */
  _socketIds(): SocketId[] {
    return [...this.sockets.keys(), ...this._preConnectSockets.keys()];
  }

  /** @internal The rooms of a session in the order joined. */
  _roomsOf(session: number): Room[] {
    return this._runtime.roomsOf(session).map(roomOfName);
  }

  /** @internal */
  _allocateAck(session: number): number {
    return session === NONE ? 0 : this._runtime.allocateAck(session);
  }

  /** @internal */
  _allocateBroadcastAck(sessions: Uint32Array): number {
    return this._handle === NONE ? 0 : this._runtime.allocateBroadcastAck(this._handle, sessions);
  }

  /** @internal An acknowledgement of a broadcast is not waited for any more. */
  _forgetAck(id: number): void {
    this._broadcastAcks.forget(id);
    // Adapters made for upstream add it to `socket.acks` of each socket.
    for (const socket of this.server._sessions.existing(this)) socket._forgetAck(id);
  }

  /** @internal See `AdapterNamespace`. */
  _notifyOutgoing(
    sessions: Uint32Array,
    data: unknown[],
    received?: (data: unknown[]) => unknown[],
  ): void {
    if (!this._hasOutgoingListeners) return;
    const shown = received === undefined ? data : received(data);
    for (const session of sessions) this.server._sessions.notifyOutgoing(session, shown);
  }

  /** @internal Whether `connection` or `new_namespace` listeners are being called with this. Not after an `await`. */
  _isAnnouncing(made: object): boolean {
    return this.#announced === made;
  }

  /** @internal Calls the connection listeners. */
  _announce(socket: Socket<Any, Any, Any, Any>): void {
    this.#announced = socket;
    try {
      socket._kept.making(() => {
        this._emitArray(["connect", socket]);
        this._emitArray(["connection", socket]);
      });
    } finally {
      this.#announced = undefined;
      socket._endRegistering();
    }
  }

  /** @internal Emits `new_namespace`. What its listeners do with the namespace, they do whenever it is made. */
  _announceNamespace(made: AnyNamespace): void {
    const before = this.#announced;
    this.#announced = made;
    try {
      this._emitArray(["new_namespace", made]);
    } finally {
      this.#announced = before;
    }
  }

  /** @internal Runs code that adds listeners, and that runs again whenever the namespace is made. */
  _register(run: () => void): void {
    this.#registering += 1;
    try {
      run();
    } finally {
      this.#registering -= 1;
    }
  }

  /** @internal An asynchronous `new_namespace` listener adds listeners until it settles. */
  _registersUntil(promise: PromiseLike<unknown>): void {
    this.#registering += 1;
    const end = (): void => {
      this.#registering -= 1;
    };
    promise.then(end, end);
  }

  /** @internal */
  _onListenerAdded(event: EventName, listener: unknown): void {
    this.server._sleep.noteAdded(this, describeRegistration(event), listener);
  }

  /** @internal */
  _onListenerRemoved(event: EventName, before: readonly unknown[], index: number): void {
    this.server._sleep.noteRemoved(this, describeRegistration(event), before[index]);
  }

  /** @internal */
  get _isRegistering(): boolean {
    return !this.server._sleep.isSetUp || this.#registering > 0;
  }

  /** @internal */
  get _calledAs(): string {
    return this.name === "/" ? "io" : `io.of(${JSON.stringify(this.name)})`;
  }

  /** @internal */
  _describe(): string {
    return `namespace ${this.name}`;
  }

  /** @internal */
  override _settling(promise: PromiseLike<unknown>): void {
    this.#announced?._registersUntil(promise);
    this.server._sessions.noteAsync(promise, this.name);
  }

  /** @internal A socket is gone. */
  _forgetSocket(socket: EndingSocket): void {
    this._preConnectSockets.delete(socket.id);
    this._broadcastAcks.forgetSession(socket._session);
  }

  /** @internal Calls code of the application. What it throws is reported. */
  _guard(run: () => void, id?: SocketId): void {
    try {
      run();
    } catch (error) {
      this.server._report(error, this.name, id);
    }
  }
}
