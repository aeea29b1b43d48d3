/**
 * The session behind a socket: what is known of the client, how it ends, what of it is kept over a sleep and added
 * again after one. What applications send and receive by it is in `socket.ts`.
 */

import type { LiveSession } from "../../adapter/rooms/adapter.ts";
import { LiveSet } from "../../adapter/rooms/live-views.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";
import { NONE } from "../../core/abi.gen.ts";
import { type Connection, HandedOut } from "../../engine/connections/connection.ts";
import { RepeatedParts } from "../../engine/handshake/repeated-parts.ts";
import type { EngineRequest } from "../../engine/handshake/request.ts";
import { Replay, type ReplayedSocket } from "../../sleep/replay/replay.ts";
import type { SavedSocket } from "../../sleep/snapshot/saved-socket.ts";
import { KeptState } from "../../sleep/socket-state/kept-state.ts";
import type { KeptHandshake } from "../../sleep/socket-state/kept-state-owner.ts";
import { hasPropertiesToRemake } from "../../sleep/surroundings/added-properties.ts";
import { isEmptyObject } from "../../sleep/values/cloneable.ts";
import type { OwnProperties } from "../../sleep/values/properties.ts";
import { type AckCallback, AckTable } from "../emitting/broadcast-acks.ts";
import type { OperatorOf } from "../emitting/room-emitter.ts";
import { SocketAcks } from "../emitting/socket-acks.ts";
import { RegisteredListeners } from "../listeners/registered-listeners.ts";
import { SocketHandshake } from "../sessions/handshake.ts";
import { keepForRecovery, recoverableLaterOf } from "../sessions/recoverable-session.ts";
import type { SocketState } from "../sessions/session-interfaces.ts";
import type {
  DisconnectReason,
  Handshake,
  Room,
  SocketId,
  SocketReservedEventsMap,
} from "../types/socket-types.ts";
import type { Any, EventsMap } from "../types/typed-events.ts";
import type { Client } from "./client.ts";
import type { Namespace, NamespaceAdapter } from "./namespace.ts";
import type { Server } from "./server.ts";

/** The part of `Socket` that does not send or receive. */
export abstract class SocketSession<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends RegisteredListeners<
  ListenEvents,
  EmitEvents,
  SocketReservedEventsMap,
  OperatorOf<EmitEvents, SocketData>
> {
  /** The namespace that it is in. */
  readonly nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** @internal The connection underneath. */
  readonly _conn: Connection;
  /**
   * Unique, and known to the client as `socket.id`. Another after a reconnect that recovers nothing. A
   * middleware of the namespace may give it another one, a string that is not empty: the client is told that
   * one, and the socket's own room has its name. Of two sockets with one id the later has the rooms and the
   * broadcasts. When the client is connected it is too late: then only this property changes.
   *
   * @example
   * io.use((socket, next) => {
   *   socket.id = `user:${socket.handshake.auth.user}`;
   *   next();
   * });
   */
  id: SocketId;
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
  /** @internal After a sleep, until its connection listeners have run again. */
  _replay: Replay | undefined;

  readonly #pid: string | undefined;
  readonly #auth: Record<string, unknown>;
  readonly #issued: number;
  readonly #kept: KeptState;
  /** Undefined until the application has asked for it. */
  #handshake: SocketHandshake | undefined;
  /** What the application changed of it before a sleep. */
  readonly #handshakeChanges: OwnProperties | undefined;
  /** Whether the namespace's middlewares run again after a sleep. */
  #repeats: boolean;
  #isClosing = false;
  #acks: SocketAcks | undefined;
  #ackTable: AckTable | undefined;
  #rooms: LiveSet<Room> | undefined;

  /** @internal Sockets are made by their namespace. */
  constructor(
    nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    conn: Connection,
    session: number,
    state: SocketState,
  ) {
    super();
    this.nsp = nsp;
    this._conn = conn;
    this._session = session;
    this.id = state.id;
    this.recovered = state.recovered ?? false;
    this.restored = state.restored ?? false;
    this.connected = state.connected;
    this.#pid = state.pid;
    this.#auth = state.auth ?? {};
    this.#issued = state.issued;
    this.#handshakeChanges = state.handshake;
    this.#repeats = state.repeats ?? false;
    this._restoreListeners(state);
    this._replay = this.restored ? new Replay(this) : undefined;
    this.#kept = new KeptState(this, nsp.server._sleep, state);
    // To a restored one nothing is added again before its replay begins.
    if (!this.restored) this._beginAdmission();
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

  /** The connection underneath; other sockets of the client share it. */
  get conn(): Connection {
    this._conn._handedOut = HandedOut.all;
    if (!this.nsp.server._sleep.gate.isDropping) this._conn._isHeld = true;
    return this._conn;
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
    this.#handshake ??= new SocketHandshake(this._conn, {
      auth: this.#auth,
      issued: this.#issued,
      changes: this.#handshakeChanges,
    });
    return this.#handshake.value;
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
    const { pending } = this._ownAcks();
    this.#ackTable ??= new AckTable(pending, this.nsp._broadcastAcks, () => this._session);
    return this.#ackTable;
  }

  // --- what the library calls --------------------------------------------------------------------

  /** @internal The secret id for recovery. */
  get _pid(): string | undefined {
    return this.#pid;
  }

  /** @internal What a snapshot keeps of it beside the core's part. It may hold what cannot be cloned. */
  _save(): SavedSocket {
    const { _sleep: sleep, _sessions: sessions } = this.nsp.server;
    sleep.changes.noteKept(this.#kept);
    const saved: SavedSocket = { issued: this.#issued };
    const data = this.#kept.keptData;
    const own = this.#kept.keptOwn((key) => sessions.uncloneableReports.logProperty(this, key));
    if (!isEmptyObject(this.#auth)) saved.auth = this.#auth;
    if (!isEmptyObject(data)) saved.data = data;
    const partial = this.#kept.keptPartial;
    if (partial !== undefined) saved.partial = partial;
    const { keptHandshake: handshake, keptDeleted: deleted } = this.#kept;
    if (handshake !== undefined) saved.handshake = handshake;
    if (deleted !== undefined) saved.deleted = deleted;
    if (this.recovered) saved.recovered = true;
    if (own !== undefined) saved.own = own;
    if (this.nsp._parentIndex !== undefined) saved.parent = this.nsp._parentIndex;
    if (this.#repeats) saved.repeats = true;
    const removed = this._removed;
    if (removed !== undefined) saved.removed = removed;
    const unsettled = this._unsettled;
    if (unsettled !== undefined) saved.unsettled = unsettled;
    if (this._hasOutgoing) saved.outgoing = true;
    return saved;
  }

  /** @internal */
  _keptHandshake(): KeptHandshake | undefined {
    if (this.#handshake === undefined) return undefined;
    return { auth: this.#auth, whole: this.#handshake.value, changes: this.#handshake.changes() };
  }

  /** @internal */
  _handshakeChanges(): OwnProperties | undefined {
    return this.#handshake === undefined ? this.#handshakeChanges : this.#handshake.changes();
  }

  /** @internal What its client can recover, as it is when it is read; undefined as long as it is not connected. */
  _recoverable(): LiveSession | undefined {
    return this.connected ? recoverableLaterOf(this) : undefined;
  }

  /** @internal */
  _noteChanged(): void {
    if (typeof DORMOUSE_RECOVERY === "undefined" || DORMOUSE_RECOVERY) {
      const recoverable = this._recoverable();
      if (recoverable !== undefined) this.adapter._noteSession?.(recoverable);
    }
  }

  /** @internal What the application keeps on it. */
  get _kept(): KeptState {
    return this.#kept;
  }

  /** @internal The `Set` that `rooms` shows. Once it has left, that of its last rooms. */
  _roomsView(): LiveSet<Room> {
    this.#rooms ??= new LiveSet({ list: () => this.nsp._roomsOf(this._session) });
    return this.#rooms;
  }

  /** @internal */
  override _onFirstOutgoing(): void {
    this.nsp._hasOutgoingListeners = true;
  }

  /** @internal An acknowledgement came. Returns false, and ignores it, if no emit of the socket waits for it. */
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
    const isListed = this._session === NONE || this.nsp._runtime.isListed(this._session);
    nsp._guard(() => this._emitArray(["disconnecting", reason, description]), this.id);
    if (typeof DORMOUSE_RECOVERY === "undefined" || DORMOUSE_RECOVERY) {
      if (nsp.server._recovery) nsp._guard(() => keepForRecovery(this, reason), this.id);
    }
    this._cleanUp();
    this.connected = false;
    nsp.server._sessions.release(this);
    if (!isListed) nsp._forsake(this.id);
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

  /** @internal Leaves all rooms. A `Set` of them that the application holds shows the last ones. */
  _cleanUp(): void {
    if (this.#rooms !== undefined) {
      const rooms = [...this.#rooms];
      this.#rooms.replaceSource({ list: () => rooms.slice() });
    }
    this.nsp._guard(() => this.adapter.delAll(this.id), this.id);
  }

  /** @internal */
  _describe(): string {
    return `socket ${this.id} in ${this.nsp.name}`;
  }

  /** @internal */
  override _settling(promise: PromiseLike<unknown>, event?: unknown): void {
    const { server, name } = this.nsp;
    server._sessions.noteAsync(promise, name, this);
    if (event !== undefined && this.connected) server._sleep.noteUnsettled(promise, this, event);
  }

  /** @internal Closes the connection: more waits for its listeners than may, or adding them again failed. */
  _expel(reason: string, code?: number): void {
    this.nsp._runtime.expel(this._conn, reason, code);
  }

  /** @internal */
  override _whenThere(remove: () => void): this {
    const { _replay: replay } = this;
    const { gate, isAgain, isInSetup, replays } = this.nsp.server._sleep;
    if (replay === undefined || isInSetup || isAgain || gate.isCurrent(replay)) remove();
    else
      replays.whenReady(this, {
        what: "removal of listeners",
        run: remove,
        size: () => 0,
        isEnd: true,
      });
    return this;
  }

  /** @internal */
  get _calledAs(): string {
    return "socket";
  }

  /** @internal */
  get _hasSurroundings(): boolean {
    return hasPropertiesToRemake(this._conn);
  }

  /** @internal */
  _remakers(): readonly ReplayedSocket[] {
    return this.nsp.server._sessions.remakersOf(this._conn);
  }

  /** @internal Whether its namespace's middlewares run again. */
  get _hasRemaking(): boolean {
    return this.#repeats;
  }

  /** @internal Its middlewares have set what cannot be kept, so they run again after a sleep. */
  _repeatAfterSleep(): void {
    const { _sleep: sleep } = this.nsp.server;
    if (sleep.remaking === undefined) sleep.noteNotRepeated(this);
    else this.#repeats = true;
  }

  /** @internal See `ReplayedSocket`. */
  _beforeListeners(): readonly (() => Promise<void> | undefined)[] {
    const steps: (() => Promise<void> | undefined)[] = [];
    if (typeof DORMOUSE_REMAKING === "undefined" || DORMOUSE_REMAKING) {
      const { remaking } = this.nsp.server._sleep;
      if (remaking === undefined) return steps;
      if (typeof DORMOUSE_HANDSHAKE === "undefined" || DORMOUSE_HANDSHAKE) {
        if (this._conn._repeats !== RepeatedParts.none)
          steps.push(() => remaking.repeatHandshake(this._conn));
      }
      if (this.#repeats) steps.push(() => remaking.repeatMiddlewares(this, this.nsp._fns));
    }
    return steps;
  }

  /** @internal Whether it has listeners or middlewares. */
  abstract get _hasListeners(): boolean;

  /** @internal The namespace's connection listeners, which run again after a sleep, in their order. */
  _connectionListeners(): readonly ((socket: Any) => unknown)[] {
    const listeners = ["connect", "connection"].flatMap((event) => this.nsp.rawListeners(event));
    return listeners as ((socket: Any) => unknown)[];
  }

  /** @internal */
  _beginReplay(): void {
    this._beginRegistering();
    this.#kept.beginReplay();
  }

  /** @internal Others run while it goes on. */
  _pauseReplay(): void {
    this.#kept.pauseReplay();
  }

  /** @internal Puts back what the replay has overwritten. */
  _endReplay(): void {
    this.#kept.endReplay();
  }

  /** @internal Whether it has a session, so that it can join rooms and be disconnected. */
  get _isInNamespace(): boolean {
    return this._session !== NONE;
  }

  /** @internal Whether a middleware runs again, which takes it for one that is not connected yet. */
  get _isJustComing(): boolean {
    const { _replay: replay } = this;
    return replay?.isBeforeListeners === true && this.nsp.server._sleep.gate.isCurrent(replay);
  }

  /** @internal Whether its end has begun. */
  get _isClosing(): boolean {
    return this.#isClosing;
  }

  /** @internal The function with which a listener acknowledges an event of the client. It works once. */
  _acknowledgement(ackId: number): AckCallback {
    let isAnswered = false;
    return (...args) => {
      if (isAnswered) return;
      const runtime = this.nsp._runtime;
      const frames = runtime.encode(PacketType.ack, this.nsp.name, ackId, args);
      // The client asks now, even if the code that answers runs again after a sleep.
      if (runtime.gate.isDropping) runtime.gate.exempt(() => runtime.send(this._conn, frames));
      else runtime.send(this._conn, frames);
      isAnswered = true;
    };
  }

  /** @internal The ids of its own emits whose acknowledgements have not come. */
  _pendingAcks(): Iterable<number> {
    return this.#acks?.pending.keys() ?? [];
  }

  /** @internal The acknowledgements that its own emits wait for. */
  _ownAcks(): SocketAcks {
    this.#acks ??= new SocketAcks(this);
    return this.#acks;
  }
}
