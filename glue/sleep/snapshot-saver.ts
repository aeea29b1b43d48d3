/** Takes snapshots of connections, and has the host keep those of connections that changed. */
import type { Connection } from "../engine/connection.ts";
import type { CoreViews } from "../engine/core-views.ts";
import type { ConnectionSnapshot } from "../engine/host.ts";
import { writeSnapshot } from "./snapshot.ts";

export class SnapshotSaver {
  readonly #runtime: CoreViews;
  /** Connections whose glue half of the snapshot changed. */
  readonly #touched = new Set<Connection>();

  constructor(runtime: CoreViews) {
    this.#runtime = runtime;
  }

  /** The glue half of the connection's snapshot changed. */
  touch(connection: Connection): void {
    connection._revision += 1;
    this.#touched.add(connection);
  }

  /** The connection is over. */
  forget(connection: Connection): void {
    this.#touched.delete(connection);
  }

  clear(): void {
    this.#touched.clear();
  }

  /** Hands the snapshots of the connections that changed to the host. */
  saveChanged(): void {
    if (this.#runtime.host.save === undefined) return;
    this.#runtime.application.onTurnEnd?.();
    const changed = this.#runtime._core.pollChanged();
    if (changed !== undefined) {
      for (const handle of changed) {
        const connection = this.#runtime._table.get(handle);
        if (connection !== undefined) this.#touched.add(connection);
      }
    }
    if (this.#touched.size === 0) return;
    for (const connection of this.#touched) {
      if (connection.readyState === "open") this.#save(connection);
    }
    this.#touched.clear();
  }

  #save(connection: Connection): void {
    try {
      this.#runtime.host.save?.(connection._socket, this.take(connection, false));
    } catch (error) {
      if ((error as Error).name !== "DataCloneError") throw error;
      this.#runtime.host.save?.(connection._socket, this.take(connection, true));
    }
  }

  /** Takes a snapshot. `isCareful`: leaves out what cannot be cloned. */
  take(connection: Connection, isCareful: boolean): ConnectionSnapshot {
    const sessions = this.namedSessions(connection);
    const shape = sessions.map(([name]) => name).join();
    const isPassing = connection._pending !== undefined || connection._connecting !== undefined;
    if (isPassing || shape !== connection._shape) connection._revision += 1;
    connection._shape = isPassing ? undefined : shape;
    const glue = writeSnapshot(connection, sessions, this.#runtime.application, isCareful);
    const revision = connection._revision;
    return { core: this.#runtime._core.snapshot(connection._handle), glue, revision };
  }

  /** The sessions of a connection, with the names of their namespaces. */
  namedSessions(connection: Connection): [string, number][] {
    return Array.from(this.#runtime._core.sessionsOf(connection._handle), (session) => {
      return [this.#runtime._core.namespaceName(this.#runtime._core.namespaceOf(session)), session];
    });
  }
}
