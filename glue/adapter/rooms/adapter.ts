/**
 * The in-memory adapter: `socket.io-adapter`'s `Adapter` over the core's rooms. Applications replace
 * it with `io.adapter(X)`, where `X` extends this class.
 */

import type { Frame } from "../../codec/codec.ts";
import type { Any } from "../../common/any.ts";
import { describeRegistration, EventEmitter, type EventName } from "../../common/event-emitter.ts";
import * as PacketType from "../../core/abi/packet-type.gen.ts";
import * as RoomChange from "../../core/abi/room-change.gen.ts";
import type { Registrant } from "../../engine/connections/registrant.ts";
import type { AdapterNamespace } from "./adapter-namespace.ts";
import type { PrivateSessionId, Room, SocketId } from "./identifiers.ts";
import { LiveMap, LiveSet } from "./live-views.ts";
import { nameOfRoom, roomOfName } from "./room-names.ts";

/** How a broadcast is sent, as the operators (`io.volatile`, `io.local`, …) said. */
export interface BroadcastFlags {
  /** Whether the packet may be dropped for clients that are not ready to receive. */
  volatile?: boolean;
  /** Whether the packet is to be compressed. */
  compress?: boolean;
  /** Whether only the clients of this server are meant. */
  local?: boolean;
  /** Whether the sender is left out. Upstream's; not read here. */
  broadcast?: boolean;
  /** Whether there is binary data. Upstream's; not read here. */
  binary?: boolean;
  /** How long acknowledgements are waited for, in milliseconds. */
  timeout?: number;
}

/** Who is meant: the members of any of `rooms` (everyone if there are none), `except` left out. */
export interface BroadcastOptions {
  /** Those whose members are meant; empty: everyone. */
  rooms: Set<Room>;
  /** Those whose members are left out. */
  except?: Set<Room>;
  /** How it is sent. */
  flags?: BroadcastFlags;
  /** @internal The emitter's call that it comes from. */
  _call?: EmitterCall | undefined;
}

/** @internal An emitter's call, for adapters that pass it on to other servers. */
export interface EmitterCall {
  /** Who has performed a call of this id once does so no more. */
  readonly id: string;
  /** The call is answered when this has settled, too; `failures`: servers that have not got it, and why. */
  waitFor(passing: Promise<{ failures: readonly string[] }>): void;
}

/** What is kept of a session that a client may recover. */
export interface SessionToPersist {
  /** The socket's id, which it will have again. */
  sid: SocketId;
  /** The secret by which the client asks for the session. */
  pid: PrivateSessionId;
  /** The rooms that the socket was in. */
  rooms: Room[];
  /** Its `socket.data`. */
  data: unknown;
}

/** @internal A session whose rooms and data are those of the moment when they are read. */
export interface LiveSession extends SessionToPersist {
  /** Whether its socket is gone: what it was last is not known any more. */
  readonly isGone: boolean;
}

/** A recovered session, with the packets (event name and arguments) that its client missed. */
export type Session = SessionToPersist & {
  /** Event names and arguments. */
  missedPackets: unknown[][];
  /** Further packets that it missed, each in the frames as they were sent. */
  missedFrames?: (readonly Frame[])[];
};

const NO_ROOMS: ReadonlySet<Room> = new Set();

/**
 * Rooms and broadcasts of one namespace, whose type an adapter may narrow (`Adapter<Namespace>`);
 * upstream's does not say what it is. Whatever the sockets, operators and namespaces do with rooms comes
 * through here, so that a subclass can see, change or pass on all of it.
 *
 * Events: `create-room` (room), `join-room` (room, id), `leave-room` (room, id) and `delete-room` (room).
 *
 * @example
 * io.of("/").adapter.on("create-room", (room) => console.log("the first one joined", room));
 *
 * class Counting extends Adapter {
 *   broadcasts = 0;
 *   override broadcast(packet: unknown, opts: BroadcastOptions) {
 *     this.broadcasts += 1;
 *     super.broadcast(packet, opts);
 *   }
 * }
 * io.adapter(Counting);
 */
export class Adapter<Nsp extends AdapterNamespace = Any>
  extends EventEmitter
  implements Registrant
{
  /** The namespace that it serves. */
  readonly nsp: Nsp;
  /** @internal `broadcast` behind the gate, as long as it leads to the class's own. */
  _gatedBroadcast: unknown;
  #rooms: Map<Room, Set<SocketId>> | undefined;
  #sids: Map<SocketId, Set<Room>> | undefined;

  constructor(nsp: Nsp) {
    super();
    this.nsp = nsp;
  }

  /** @internal */
  override _onListenerAdded(event: EventName, listener: unknown): void {
    this.nsp._runtime.keeper.noteAdded(this, describeRegistration(event), listener);
  }

  /** @internal */
  override _onListenerRemoved(event: EventName, before: readonly unknown[], index: number): void {
    this.nsp._runtime.keeper.noteRemoved(this, describeRegistration(event), before[index]);
  }

  /** @internal */
  get _isRegistering(): boolean {
    return this.nsp._isRegistering;
  }

  /** @internal */
  get _calledAs(): string {
    return `${this.nsp._calledAs}.adapter`;
  }

  /** @internal */
  _describe(): string {
    return this.nsp._describe();
  }

  /** The rooms and who is in them. A view: read it, do not write it. */
  get rooms(): Map<Room, Set<SocketId>> {
    this.#rooms ??= new LiveMap<Room, Set<SocketId>>({
      keys: () => this.nsp._runtime.roomsIn(this.nsp._handle).map(roomOfName),
      get: (room) => (this.#memberCount(room) > 0 ? this.#membersView(room) : undefined),
      has: (room) => this.#memberCount(room) > 0,
    });
    return this.#rooms;
  }

  /** The sockets and the rooms they are in. A view: read it, do not write it. */
  get sids(): Map<SocketId, Set<Room>> {
    this.#sids ??= new LiveMap<SocketId, Set<Room>>({
      keys: () => this.nsp._socketIds().filter((id) => this.socketRooms(id) !== undefined),
      get: (id) => this.socketRooms(id),
    });
    return this.#sids;
  }

  /** Called once the adapter is in place. To be overridden; what its promise rejects with is reported. */
  init(): Promise<void> | void {}

  /** Called when the server or the namespace closes. To be overridden. */
  close(): Promise<void> | void {}

  /** Resolves with the number of servers that broadcasts reach, this one included. */
  serverCount(): Promise<number> {
    return Promise.resolve(1);
  }

  /**
   * @internal How much longer than clients have time to acknowledge a broadcast other servers may take to say what they
   * have answered, in milliseconds: 0 where each answer is passed on by itself.
   */
  get _answersUnderWay(): number {
    return 0;
  }

  /**
   * Puts a socket into rooms (`socket.join`, and the socket's own room when it connects). An id that is no
   * socket of the namespace is ignored.
   */
  addAll(id: SocketId, rooms: Set<Room>): Promise<void> | void {
    const session = this.nsp._findSession(id);
    if (session === undefined) return;
    const runtime = this.nsp._runtime;
    const tellsOfRooms = this.#tellsOf("create-room");
    for (const room of rooms) {
      const name = nameOfRoom(room);
      let change = RoomChange.membership as number;
      if (tellsOfRooms) {
        change = runtime.joinAmongAll(session, name);
        if (change & RoomChange.room) this.emit("create-room", room);
      } else if (!runtime.join(session, name)) continue;
      if (!(change & RoomChange.membership)) continue;
      this._noteMembership(session, room, "in");
      this.emit("join-room", room, id);
    }
  }

  /** Takes a socket out of a room (`socket.leave`). */
  del(id: SocketId, room: Room): Promise<void> | void {
    const session = this.nsp._findSession(id);
    if (session !== undefined) this.#leave(session, id, room);
  }

  /** Takes a socket out of all its rooms (`socket.leaveAll`, and when it disconnects). */
  delAll(id: SocketId): void {
    const session = this.nsp._findSession(id);
    if (session === undefined) return;
    for (const room of this.nsp._roomsOf(session)) this.#leave(session, id, room);
  }

  /**
   * Sends a packet to the clients that `opts` means. `packet` has `type` and `data` (the event's name and
   * its arguments); its namespace is filled in. Throws for data that cannot be encoded.
   */
  broadcast(packet: Any, opts: BroadcastOptions): void {
    this._send(packet, undefined, opts);
  }

  /**
   * @internal Sends an event (its name and its arguments) to the room of a socket's id, as `broadcast` would.
   * Returns false where only `broadcast` can.
   */
  _emitTo(_id: SocketId, _data: unknown[], _flags: BroadcastFlags | undefined): boolean {
    return false;
  }

  /** @internal Sends a packet, which may be encoded already. */
  protected _send(packet: Any, encoded: Frame[] | undefined, opts: BroadcastOptions): void {
    const { nsp } = this;
    const { sessions, connections } = this.#resolve(opts);
    if (connections.length === 0) return;
    packet.nsp = nsp.name;
    const frames = encoded ?? nsp._runtime.encode(packet.type, nsp.name, packet.id, packet.data);
    nsp._notifyOutgoing(sessions, packet.data, packet.received);
    nsp._runtime.sendTo(connections, frames, opts.flags);
  }

  /**
   * Sends a packet to many who are to acknowledge it. `clientCountCallback` is called with how many there
   * are, once for each server, and `ack` with each answer.
   */
  broadcastWithAck(
    packet: Any,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: (...args: Any[]) => void,
  ): void {
    const { nsp } = this;
    const { sessions, connections } = this.#resolve(opts);
    packet.nsp = nsp.name;
    packet.type = PacketType.event;
    packet.id = nsp._allocateBroadcastAck(sessions);
    if (connections.length > 0) {
      const frames = nsp._runtime.encode(packet.type, nsp.name, packet.id, packet.data);
      nsp._broadcastAcks.expect(packet.id, sessions, ack);
      nsp._notifyOutgoing(sessions, packet.data, packet.received);
      nsp._runtime.sendTo(connections, frames, opts.flags);
    }
    clientCountCallback(connections.length);
  }

  /** Resolves with the ids of the sockets in any of the rooms; of all if there are no rooms. */
  sockets(rooms: Set<Room>): Promise<Set<SocketId>> {
    return Promise.resolve(new Set(this.#resolveIds({ rooms })));
  }

  /** The rooms of a socket; undefined if it is in none. A view: read it, do not write it. */
  socketRooms(id: SocketId): Set<Room> | undefined {
    const session = this.nsp._findSession(id);
    if (session === undefined) return undefined;
    const { nsp } = this;
    if (nsp._runtime.roomsOf(session).length === 0) return undefined;
    const socket = nsp.server._sessions.peek(session);
    return socket?._roomsView() ?? new LiveSet({ list: () => nsp._roomsOf(session) });
  }

  /**
   * Resolves with the sockets meant by `opts`: those of this server themselves, those of others as their
   * `id`, `handshake`, `rooms` and `data`.
   */
  fetchSockets(opts: BroadcastOptions): Promise<Any[]> {
    return Promise.resolve(this.#sockets(opts));
  }

  /** Makes the sockets meant by `opts` join rooms. */
  addSockets(opts: BroadcastOptions, rooms: Room[]): void {
    for (const id of this.#resolveIds(opts)) this.addAll(id, new Set(rooms));
  }

  /** Makes the sockets meant by `opts` leave rooms. */
  delSockets(opts: BroadcastOptions, rooms: Room[]): void {
    for (const id of this.#resolveIds(opts)) {
      for (const room of rooms) this.del(id, room);
    }
  }

  /** Disconnects the sockets meant by `opts`; `close`: with their connections. */
  disconnectSockets(opts: BroadcastOptions, close: boolean): void {
    for (const socket of this.#sockets(opts)) socket.disconnect(close);
  }

  /** Sends an event (its name, its arguments, perhaps a callback) to the other servers: none here. */
  serverSideEmit(_packet: Any[], _call?: EmitterCall): void {
    console.warn("this adapter does not support the serverSideEmit() functionality");
  }

  /** Keeps the session of a lost client for it to recover. To be overridden. */
  persistSession(_session: SessionToPersist): void {}

  /**
   * Gives a kept session back, with what its client missed after the packet that ended with `offset`; `null`
   * if it cannot be recovered in full. To be overridden.
   */
  restoreSession(
    _pid: PrivateSessionId,
    _offset: string,
  ): Promise<Session | null> | Session | null | undefined {
    return null;
  }

  /**
   * @internal What has to be over before a client's session is looked for; undefined if there is nothing. Never
   * rejects. `isWaiting`: whether the client still is there.
   */
  _beforeRecovery(
    _pid: PrivateSessionId,
    _offset: string | undefined,
    _isWaiting: () => boolean,
  ): Promise<void> | undefined {
    return undefined;
  }

  /** @internal Throws a TypeError if adapters of this class cannot take the place of this one. */
  _checkSuccessor?(adapter: object): void;

  /** @internal What has to be over before a client joins the namespace; undefined if there is nothing. */
  _beforeAdmission(): Promise<void> | undefined {
    return undefined;
  }

  /**
   * @internal A client of this room (`null`: of the namespace) that is lost and may come back, with the index of
   * the dynamic namespace's parent; undefined if there is none.
   */
  _awaits(
    _namespace: string,
    _room: Room | null,
  ): { readonly parent: number | undefined } | undefined {
    return undefined;
  }

  /** @internal A client has joined the namespace, with a session that it may recover. */
  _beginSession(_session: SessionToPersist): void {}

  /** @internal What is kept of a session may have changed. */
  _noteSession(_session: LiveSession): void {}

  /** @internal A session is in a room from now on, or not any more. */
  _noteMembership(_session: number, _room: Room, _is: "in" | "out"): void {}

  /** @internal A session is over for good. */
  _endSession(_pid: PrivateSessionId): void {}

  #leave(session: number, id: SocketId, room: Room): void {
    const runtime = this.nsp._runtime;
    const name = nameOfRoom(room);
    if (this.#tellsOf("delete-room")) {
      const change = runtime.leaveAmongAll(session, name);
      if (change & RoomChange.membership) this.#left(session, id, room);
      if (change & RoomChange.room) this.emit("delete-room", room);
    } else if (runtime.leave(session, name)) this.#left(session, id, room);
  }

  #left(session: number, id: SocketId, room: Room): void {
    this._noteMembership(session, room, "out");
    this.emit("leave-room", room, id);
  }

  /** Whether anybody hears of this, a class of the application's included. */
  #tellsOf(event: "create-room" | "delete-room"): boolean {
    return this.emit !== Adapter.prototype.emit || this.listenerCount(event) > 0;
  }

  #resolve(opts: BroadcastOptions): { sessions: Uint32Array; connections: Uint32Array } {
    return this.nsp._runtime.resolve(this.nsp._handle, ...namesIn(opts));
  }

  #resolveInOrder(opts: BroadcastOptions): ArrayLike<number> {
    return this.nsp._runtime.resolveInOrder(this.nsp._handle, ...namesIn(opts));
  }

  #resolveIds(opts: BroadcastOptions): SocketId[] {
    return Array.from(this.#resolveInOrder(opts), (session) =>
      this.nsp._runtime.sessionId(session),
    );
  }

  /** In a list of its own, for a listener may disconnect some of them meanwhile. */
  #sockets(opts: BroadcastOptions) {
    return Array.from(this.#resolveInOrder(opts), (session) =>
      this.nsp.server._sessions.get(session),
    );
  }

  #memberCount(room: Room): number {
    return this.nsp._runtime.memberCount(this.nsp._handle, nameOfRoom(room));
  }

  #membersView(room: Room): LiveSet<SocketId> {
    const runtime = this.nsp._runtime;
    return new LiveSet({
      list: () => {
        const members = runtime.membersInOrder(this.nsp._handle, nameOfRoom(room));
        return Array.from(members, (session) => runtime.sessionId(session));
      },
      size: () => this.#memberCount(room),
      has: (id) => this.socketRooms(id)?.has(room) ?? false,
    });
  }
}

function namesIn({ rooms, except }: BroadcastOptions): [rooms: string[], except: string[]] {
  return [Array.from(rooms, nameOfRoom), Array.from(except ?? NO_ROOMS, nameOfRoom)];
}
