/**
 * Which connections have changed since they were kept, and their snapshots, which the host gets. The core tells which of
 * its half have changed, `ChangeTracker` which of ours.
 */
import { CoreTrap } from "../../core/errors.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { ConnectionSnapshot } from "../../engine/host/host.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { LibraryReads } from "../guards/library-reads.ts";
import type { Around } from "../remaking/around.ts";
import {
  namespacesOf,
  type SaveSession,
  writePassing,
  writeSnapshot,
} from "../snapshot/snapshot.ts";
import { AroundSockets } from "../surroundings/around-sockets.ts";
import type { Comparer } from "../values/comparer.ts";

/** What of a connection was kept last. */
export class Account {
  /** Another number whenever the glue's half of the snapshot may have changed. */
  revision = 0;
  /** The namespaces that the last snapshot held something of. */
  shape: string | undefined;
  /** Whether there are reasons of this connection's to stay awake. */
  hasLost = false;
  readonly #conn: Connection;
  readonly #libraryReads: LibraryReads;
  #around: Around | undefined;

  constructor(conn: Connection, libraryReads: LibraryReads) {
    this.#conn = conn;
    this.#libraryReads = libraryReads;
  }

  /** Made with the first that may hang there. */
  get around(): Around {
    this.#around ??= new AroundSockets(this.#conn, this.#libraryReads);
    return this.#around;
  }

  /** Whether what is around its sockets is another than when it was looked at last. */
  hasAroundChanged(comparer: Comparer): boolean {
    const { _isHandedOut: isHandedOut, _details: details } = this.#conn;
    return isHandedOut ? this.around.hasChanged(comparer) : details.hasChanged();
  }
}

export class ChangedConnections {
  readonly #runtime: Runtime;
  readonly #comparer: Comparer;
  readonly #libraryReads: LibraryReads;
  /** The usual way to save sessions. Whether they can be cloned shows when the snapshot is. */
  readonly #asTheyAre: SaveSession;
  /** The way that costs more: without what cannot be cloned. */
  readonly #cloneable: SaveSession;
  readonly #changed = new Set<Connection>();
  /** Names of properties of which it was told that they are not kept. */
  readonly #told = new Set<string>();

  constructor(runtime: Runtime, comparer: Comparer, libraryReads: LibraryReads) {
    this.#runtime = runtime;
    this.#comparer = comparer;
    this.#libraryReads = libraryReads;
    this.#asTheyAre = (session) => runtime.application.saveSession?.(session);
    this.#cloneable = (session) => runtime.application.saveCloneableSession?.(session);
  }

  /** The glue's half of its snapshot changed. */
  note(connection: Connection): void {
    this.accountOf(connection).revision += 1;
    this.#changed.add(connection);
  }

  /** It is to be kept again, as it is. */
  add(connection: Connection): void {
    this.#changed.add(connection);
  }

  /** It is over. */
  delete(connection: Connection): void {
    this.#changed.delete(connection);
  }

  clear(): void {
    this.#changed.clear();
  }

  /** Hands the snapshots of those that changed, as far as they are open, to the host. */
  save(): void {
    const runtime = this.#runtime;
    const changed = runtime._core.pollChanged();
    if (changed?.length === 1 && this.#changed.size === 0) {
      this.#saveOnly(runtime._table.get(changed[0] as number));
      return;
    }
    if (changed !== undefined) {
      for (const handle of changed) {
        const connection = runtime._table.get(handle);
        if (connection !== undefined) this.#changed.add(connection);
      }
    }
    if (this.#changed.size === 0) return;
    for (const connection of this.#changed) this.#saveIfOpen(connection);
    this.#changed.clear();
  }

  /** The usual case: without a set in between. */
  #saveOnly(connection: Connection | undefined): void {
    if (connection === undefined) return;
    try {
      this.#saveIfOpen(connection);
    } catch (error) {
      // It is tried again with the next turn.
      this.#changed.add(connection);
      throw error;
    }
  }

  #saveIfOpen(connection: Connection): void {
    if (connection.readyState === "open") this.#saveOne(connection);
  }

  #saveOne(connection: Connection): void {
    const { host } = this.#runtime;
    const { _transport: transport } = connection;
    if (host.save === undefined || transport.isFleeting || host.putsOff?.(transport)) return;
    try {
      host.save(transport, this.#take(connection, this.#asTheyAre));
    } catch (error) {
      if (error instanceof CoreTrap) throw error;
      // Something cannot be cloned, or read: a getter of the application's may throw anything.
      host.save(transport, this.takeCloneable(connection));
    }
  }

  /** Takes a snapshot, without what cannot be cloned. */
  takeCloneable(connection: Connection): ConnectionSnapshot {
    return this.#take(connection, this.#cloneable);
  }

  #take(connection: Connection, saveSession: SaveSession): ConnectionSnapshot {
    const glue = this.#takeOurs(connection, saveSession);
    const core = this.#runtime._core.snapshot(connection._handle);
    const { revision } = this.accountOf(connection);
    return { core, glue, passing: writePassing(connection), revision };
  }

  /** The glue's half. */
  #takeOurs(connection: Connection, saveSession: SaveSession): unknown[] {
    const runtime = this.#runtime;
    const account = this.accountOf(connection);
    const sessions = runtime.namedSessions(connection);
    // This may find that more has changed.
    if (account.hasAroundChanged(this.#comparer)) account.revision += 1;
    const around = connection._isHandedOut
      ? account.around.keep((name) => this.#tellOfLost(connection, name))
      : undefined;
    const glue = writeSnapshot(connection, sessions, saveSession, around);
    const shape = namespacesOf(glue);
    if (shape !== account.shape) account.revision += 1;
    account.shape = shape;
    return glue;
  }

  #tellOfLost(connection: Connection, name: string): void {
    if (typeof DORMOUSE_DIAGNOSTICS !== "undefined" && !DORMOUSE_DIAGNOSTICS) return;
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const message = `socket.${name} of connection ${connection.id} is not kept`;
    this.#runtime.debug?.("socket", message);
  }

  /** Made when it is first asked for. */
  accountOf(connection: Connection): Account {
    const known = connection._account as Account | undefined;
    if (known !== undefined) return known;
    const account = new Account(connection, this.#libraryReads);
    // What came back is what was kept last.
    account.shape = connection._restored?.names;
    connection._account = account;
    return account;
  }
}
