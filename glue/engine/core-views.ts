/** What the application side may read of the core and of the connections. */
import { Status } from "../core/abi.gen.ts";
import type { Core, Recipients } from "../core/core.ts";
import { CoreError } from "../core/errors.ts";
import type { Application } from "./application.ts";
import type { Connection } from "./connection.ts";
import { ConnectionTable } from "./connection-table.ts";
import type { Host } from "./host.ts";

export abstract class CoreViews {
  readonly host: Host;
  /** Set by the server that this runtime belongs to, before the first input. */
  application!: Application;
  /** @internal Replaced after a trap. */
  _core!: Core;
  /** @internal */
  readonly _table = new ConnectionTable();

  constructor(host: Host) {
    this.host = host;
  }

  /** In the order joined. */
  roomsOf(session: number): string[] {
    return this._core.roomsOf(session);
  }

  /** In the order created. */
  roomsIn(namespace: number): string[] {
    return this._core.roomsIn(namespace);
  }

  /** Connected sessions that are in any of `rooms` (of all, if there are none) and in none of `except`. */
  resolve(namespace: number, rooms: Iterable<string>, except: Iterable<string>): Recipients {
    return this._core.resolve(namespace, toArray(rooms), toArray(except));
  }

  /** Every session in a room, connected or not. */
  membersOf(namespace: number, room: string): Recipients {
    return this._core.membersOf(namespace, room);
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
    return this._core.findSession(namespace, id);
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

  /** The open connections, oldest handle first; a copy. */
  connections(): Connection[] {
    return this._table.open();
  }

  get connectionCount(): number {
    return this._table.openCount;
  }
}

function toArray(names: Iterable<string>): readonly string[] {
  return Array.isArray(names) ? names : [...names];
}
