/**
 * What the application side may read of the core and of the connections.
 *
 * After a sleep the core knows those of whom something was heard or wanted, and no others. Whatever depends on
 * who else is there goes through one door, `_everybody`, which first brings back all that sleep: the type of
 * `_core` has nothing of the kind.
 */

import * as Status from "../core/abi/status.gen.ts";
import { HANDLE_INDEX_MASK } from "../core/abi.gen.ts";
import type { Core, Recipients } from "../core/core.ts";
import { CoreError } from "../core/errors.ts";
import type { Application } from "./application.ts";
import type { Connection } from "./connection.ts";
import { ConnectionTable } from "./connection-table.ts";
import type { Host } from "./host.ts";
import { IdRooms } from "./id-rooms.ts";
import { headOf, isSocketId } from "./identifiers.ts";

/** What of the core has an answer that depends on who else is there. */
type OfEverybody =
  | "allocateBroadcastAck"
  | "connectionCount"
  | "findConnection"
  | "findSession"
  | "handleTimeout"
  | "membersOf"
  | "removeNamespace"
  | "resolve"
  | "roomsIn"
  | "setConnectTimeout";

/** The core as far as it is asked for one connection or session that is awake. */
export type CoreOfOne = Omit<Core, OfEverybody>;

/** Connections that were there before a sleep, and that nobody has needed since. */
export interface Sleepers {
  /**
   * Whether they can be restored. Not by code of an object that runs in an event of another, or once the object
   * has begun another life: for such code nobody is there but those who are awake.
   */
  readonly isHere: boolean;
  /** Whether there seem to be any: some may turn out to be over. */
  readonly isAny: boolean;
  /** Restores all of them, by `Runtime.restore`. Called once. */
  restoreAll(): void;
  /**
   * Restores those of connections whose ids begin with this, as `headOf` gives it. They need not be all of them, and
   * may be others as well.
   */
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
  /** Where one may come back without the others. */
  #idRooms: IdRooms | undefined;
  /** Whether some were needed before others that had come earlier, so that the core has them in another order. */
  #isOutOfOrder = false;

  constructor(host: Host) {
    this.host = host;
  }

  // --- who sleeps ---------------------------------------------------------------------------------

  /** There may be others than those who are restored: they are when they are needed. Before `start`. */
  expect(sleepers: Sleepers): void {
    this.#sleepers = sleepers;
    const { storage } = this.host;
    if (storage === undefined) return;
    this.#idRooms ??= new IdRooms(storage, (error) => {
      this._report(error, "that a socket is in the room of another");
    });
  }

  /** Another runtime has taken the place of this one: whoever sleeps is there, and comes back there. */
  forgetSleepers(): void {
    this.#sleepers = undefined;
  }

  /** Brings back everybody who is still asleep. */
  wakeAll(): void {
    const sleepers = this.#sleepers;
    if (sleepers === undefined || !sleepers.isHere) return;
    // Those who come back ask for nobody else before all of them are there.
    this.#sleepers = undefined;
    this.bringBack(() => sleepers.restoreAll());
  }

  /**
   * The session of this id, whose connection is brought back by itself; undefined if it has to be looked for among all
   * that sleep.
   */
  #findAsleep(namespace: number, id: string): number | undefined {
    const sleepers = this.#sleepers;
    if (!sleepers?.isHere || !this.isSocketId(id)) return undefined;
    sleepers.restoreByHead(headOf(id));
    return (this._core as Core).findSession(namespace, id);
  }

  /** The core with all members of these rooms in it. */
  #membersOf(namespace: number, rooms: readonly string[]): Core {
    const core = this._core as Core;
    const [room] = rooms;
    if (this.#sleepers === undefined || room === undefined || rooms.length > 1)
      return this._everybody;
    if (!this.isSocketId(room) || this.#idRooms?.areShared !== false) return this._everybody;
    const owner = core.findSession(namespace, room) ?? this.#findAsleep(namespace, room);
    return owner === undefined ? this._everybody : (this._core as Core);
  }

  /** A session joins a room, or has another id: whose room is it? */
  protected noteRoom(session: number, room: string): void {
    if (this.#idRooms === undefined || !this.isSocketId(room)) return;
    if (room !== this._core.sessionId(session)) this.#idRooms.share();
  }

  /** This is the order in which those came who are connected. Whoever comes from now on comes behind them. */
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

  /** Runs what restores connections. Once the server has started, they go on at once. */
  abstract bringBack(restore: () => void): void;

  /** @internal The core with everybody in it. */
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

  /** The sessions that `resolve` gives, after a sleep in the order in which their connections came. */
  resolveInOrder(
    namespace: number,
    rooms: Iterable<string>,
    except: Iterable<string>,
  ): ArrayLike<number> {
    return this.#inOrder(this.resolve(namespace, rooms, except).sessions);
  }

  /** The sessions that `membersOf` gives, after a sleep in the order in which their connections came. */
  membersInOrder(namespace: number, room: string): ArrayLike<number> {
    return this.#inOrder(this.membersOf(namespace, room).sessions);
  }

  /** Every session in a room, connected or not. */
  membersOf(namespace: number, room: string): Recipients {
    return this.#membersOf(namespace, [room]).membersOf(namespace, room);
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
    // There is one of an id: whoever has it needs not be looked for among those who sleep.
    const known = (this._core as Core).findSession(namespace, id);
    if (known !== undefined || this.#sleepers === undefined) return known;
    return this.#findAsleep(namespace, id) ?? this._everybody.findSession(namespace, id);
  }

  /** Oldest first; none of a connection that is over: its handle may mean another in a new core. */
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

  /**
   * What `Application.saveSession` gave before the sleep, once; undefined if there is nothing (any
   * more).
   */
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

  /** Whether anybody may be connected: of those who sleep some may turn out to be over. Wakes nobody. */
  get mayHaveConnections(): boolean {
    const sleepers = this.#sleepers;
    return this._table.awakeCount > 0 || (sleepers?.isHere === true && sleepers.isAny);
  }

  /** Whether anybody is connected. Cheaper than their number. */
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

/** Newcomers are behind all others, in the order in which they are. */
function byPlace(a: { _place: number }, b: { _place: number }): number {
  return a._place === b._place ? 0 : a._place - b._place;
}

function toArray(names: Iterable<string>): readonly string[] {
  return Array.isArray(names) ? names : [...names];
}
