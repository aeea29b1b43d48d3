/**
 * What the application side may read of connections, sessions and rooms.
 *
 * After a sleep a connection is restored only when it is needed, and until then the core does not know it. So
 * questions whose answer depends on other connections are asked of `_everybody`, which first restores all of them.
 * The type of `_core` does not have those questions.
 */

import * as Status from "../../core/abi/status.gen.ts";
import { HANDLE_INDEX_MASK } from "../../core/abi.gen.ts";
import type { Core, Recipients } from "../../core/core.ts";
import { CoreError } from "../../core/errors.ts";
import type { Connection } from "../connections/connection.ts";
import { ConnectionTable } from "../connections/connection-table.ts";
import type { Host } from "../host/host.ts";
import type { Application } from "./application.ts";
import { IdRooms } from "./id-rooms.ts";
import { headOf, isSocketId } from "./identifiers.ts";

/** The calls of the core whose results depend on all connections. */
type OfEverybody =
  | "allocateBroadcastAck"
  | "connectionCount"
  | "findConnection"
  | "findSession"
  | "handleTimeout"
  | "memberCount"
  | "membersOf"
  | "removeNamespace"
  | "resolve"
  | "roomsIn"
  | "sendPings"
  | "setConnectTimeout";

/** The calls of the core that concern one connection or session, which is awake. */
export type CoreOfOne = Omit<Core, OfEverybody>;

/** Connections from before a sleep that have not been restored yet. Implemented by hosts. */
export interface Sleepers {
  /**
   * Whether they can be restored now. False in an event of another object, and after the object was started anew:
   * objects of one class can share a module's variables.
   */
  readonly isHere: boolean;
  /** Whether there may be any. They may turn out to be closed. */
  readonly isAny: boolean;
  /** Restores all of them, by `Runtime.restore`. Called once. */
  restoreAll(): void;
  /** Restores connections whose ids begin with this (see `headOf`). It may restore others too, or miss some. */
  restoreByHead(head: string): void;
}

export abstract class CoreViews {
  readonly host: Host;
  /** Set by the server that this runtime belongs to, before the first input. */
  application!: Application;
  /** @internal Replaced after a trap. */
  _core!: CoreOfOne;
  /** @internal */
  readonly _table = new ConnectionTable();
  /** Whether a name is that of a socket's own room. */
  isSocketId: (name: string) => boolean = isSocketId;
  #sleepers: Sleepers | undefined;
  /** Set where connections can be restored one by one. */
  #idRooms: IdRooms | undefined;
  /** Whether connections were restored in another order than they were opened in, so that the core's order is wrong. */
  #isOutOfOrder = false;

  constructor(host: Host) {
    this.host = host;
  }

  // --- who sleeps ---------------------------------------------------------------------------------

  /** Takes the connections that sleep, to restore them when they are needed. To be called before `start`. */
  expect(sleepers: Sleepers): void {
    this.#sleepers = sleepers;
    const { storage } = this.host;
    if (storage === undefined) return;
    this.#idRooms ??= new IdRooms(storage, (error) => {
      this._report(error, "that a socket is in the room of another");
    });
  }

  /** Another runtime has taken the place of this one, and will restore the connections that sleep. */
  forgetSleepers(): void {
    this.#sleepers = undefined;
  }

  /** Restores all connections that are still asleep. */
  wakeAll(): void {
    const sleepers = this.#sleepers;
    if (sleepers === undefined || !sleepers.isHere) return;
    // Cleared before restoring, so that restoring a connection does not come here again.
    this.#sleepers = undefined;
    this.bringBack(() => sleepers.restoreAll());
  }

  /** Finds a session by restoring only the connection that its id names. Undefined if that finds none. */
  #findAsleep(namespace: number, id: string): number | undefined {
    const sleepers = this.#sleepers;
    if (!sleepers?.isHere || !this.isSocketId(id)) return undefined;
    sleepers.restoreByHead(headOf(id));
    return (this._core as Core).findSession(namespace, id);
  }

  /** The core, with all members of these rooms restored. */
  #membersOf(namespace: number, rooms: readonly string[]): Core {
    const core = this._core as Core;
    const [room] = rooms;
    if (this.#sleepers === undefined || room === undefined || rooms.length > 1)
      return this._everybody;
    if (!this.isSocketId(room) || this.#idRooms?.areShared !== false) return this._everybody;
    const owner = core.findSession(namespace, room) ?? this.#findAsleep(namespace, room);
    return owner === undefined ? this._everybody : (this._core as Core);
  }

  /** Notes when a session joins a room that is named like another socket, or gets such a name. */
  protected noteRoom(session: number, room: string): void {
    if (this.#idRooms === undefined || !this.isSocketId(room)) return;
    if (room !== this._core.sessionId(session)) this.#idRooms.share();
  }

  /** Tells the order in which these connections were opened. Those opened from now on come after them. */
  arrange(connections: readonly Connection[]): void {
    let last = -1;
    connections.forEach((connection, place) => {
      connection._place = place;
      const index = connection._handle & HANDLE_INDEX_MASK;
      if (index < last) this.#isOutOfOrder = true;
      last = index;
    });
  }

  /** @internal Reports what was thrown, and where. */
  abstract _report(error: unknown, where: string): void;

  /** Runs `restore`, then tells the application of the restored connections, if the server has started. */
  abstract bringBack(restore: () => void): void;

  /** @internal The core, with all connections restored. */
  get _everybody(): Core {
    this.wakeAll();
    return this._core as Core;
  }

  // --- the core -----------------------------------------------------------------------------------

  /** In the order joined. */
  roomsOf(session: number): string[] {
    return this._core.roomsOf(session);
  }

  /** In the order created. */
  roomsIn(namespace: number): string[] {
    return this._everybody.roomsIn(namespace);
  }

  /** Connected sessions that are in any of `rooms` (of all, if there are none) and in none of `except`. */
  resolve(namespace: number, rooms: Iterable<string>, except: Iterable<string>): Recipients {
    const names = toArray(rooms);
    return this.#membersOf(namespace, names).resolve(namespace, names, toArray(except));
  }

  /** As `resolve`, in the order in which the connections were opened. */
  resolveInOrder(
    namespace: number,
    rooms: Iterable<string>,
    except: Iterable<string>,
  ): ArrayLike<number> {
    return this.#inOrder(this.resolve(namespace, rooms, except).sessions);
  }

  /** As `membersOf`, in the order in which the connections were opened. */
  membersInOrder(namespace: number, room: string): ArrayLike<number> {
    return this.#inOrder(this.membersOf(namespace, room).sessions);
  }

  /** Every session in a room, connected or not. */
  membersOf(namespace: number, room: string): Recipients {
    return this.#membersOf(namespace, [room]).membersOf(namespace, room);
  }

  /** How many these are. */
  memberCount(namespace: number, room: string): number {
    return this.#membersOf(namespace, [room]).memberCount(namespace, room);
  }

  /** Empty if there is no such session, or it has no id yet. */
  sessionId(session: number): string {
    return this._core.sessionId(session);
  }

  /** The recovery id given at `admit`; empty if none. */
  recoveryId(session: number): string {
    return this._core.recoveryId(session);
  }

  namespaceOf(session: number): number {
    return this._core.namespaceOf(session);
  }

  namespaceName(namespace: number): string {
    return this._core.namespaceName(namespace);
  }

  /** Whether the session is admitted and not closing. */
  isConnected(session: number): boolean {
    return this._core.isConnected(session);
  }

  /** Whether the session gets broadcasts: it was admitted, and neither released nor unlisted. */
  isListed(session: number): boolean {
    return this._core.isListed(session);
  }

  /** @internal For reports and logs. `what` happens to the session. */
  _describe(session: number, what: string): string {
    const namespace = this.namespaceName(this.namespaceOf(session));
    return `${what} of socket ${this.sessionId(session)} in ${namespace}`;
  }

  /** The connection of a session, which must exist. */
  connectionOf(session: number): Connection {
    const connection = this._table.get(this._core.connectionOf(session));
    if (connection === undefined) throw new CoreError("connectionOf", Status.unknown_session);
    return connection;
  }

  /** A connected session by id. */
  findSession(namespace: number, id: string): number | undefined {
    // Ids are unique, so if the session is awake, nobody has to be restored.
    const known = (this._core as Core).findSession(namespace, id);
    if (known !== undefined || this.#sleepers === undefined) return known;
    return this.#findAsleep(namespace, id) ?? this._everybody.findSession(namespace, id);
  }

  /** Oldest first. None for a closed connection, whose handle may mean another after a trap. */
  sessionsOf(connection: Connection): number[] {
    if (this._table.get(connection._handle) !== connection) return [];
    return this._core.sessionsOf(connection._handle);
  }

  /** The sessions of a connection with the names of their namespaces, oldest first. */
  namedSessions(connection: Connection): [string, number][] {
    return this._core.sessionsOf(connection._handle).map((session) => {
      return [this._core.namespaceName(this._core.namespaceOf(session)), session];
    });
  }

  /** What `Application.saveSession` returned before the sleep. Undefined if there is none, or it was taken already. */
  takeRestored(session: number): unknown {
    const connection = this._table.get(this._core.connectionOf(session));
    const name = this._core.namespaceName(this._core.namespaceOf(session));
    const saved = connection?._restored?.get(name);
    connection?._restored?.delete(name);
    return saved;
  }

  /** The open connections; a copy. */
  connections(): Connection[] {
    this.wakeAll();
    const connections = this._table.awake();
    return this.#isOutOfOrder ? connections.sort(byPlace) : connections;
  }

  get connectionCount(): number {
    this.wakeAll();
    return this._table.awakeCount;
  }

  /** Whether anybody may be connected. Restores nobody, so they may turn out to be closed. */
  get mayHaveConnections(): boolean {
    const sleepers = this.#sleepers;
    return this._table.awakeCount > 0 || (sleepers?.isHere === true && sleepers.isAny);
  }

  /** Whether anybody is connected. Cheaper than `connectionCount`. */
  get hasConnections(): boolean {
    return this._table.awakeCount > 0 || this.connectionCount > 0;
  }

  #inOrder(sessions: Uint32Array): ArrayLike<number> {
    if (!this.#isOutOfOrder) return sessions;
    return Array.from(sessions, (session) => ({
      session,
      _place: this.connectionOf(session)._place,
    }))
      .sort(byPlace)
      .map(({ session }) => session);
  }
}

/** Connections that were opened since the sleep have the same place, behind all others, and keep their order. */
function byPlace(a: { _place: number }, b: { _place: number }): number {
  return a._place === b._place ? 0 : a._place - b._place;
}

function toArray(names: Iterable<string>): readonly string[] {
  return Array.isArray(names) ? names : [...names];
}
