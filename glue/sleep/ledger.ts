/** Knows which connections changed since they were kept last, and has the host keep those. */
import type { Connection } from "../engine/connection.ts";
import type { ConnectionSnapshot } from "../engine/host.ts";
import type { KeptConnection } from "../engine/keeper.ts";
import type { Runtime } from "../engine/runtime.ts";
import { writeSnapshot } from "./snapshot.ts";

/** What of a connection was kept last. */
interface Account {
  /** Another number whenever the glue's half of the snapshot may have changed. */
  revision: number;
  /** The namespaces that the last snapshot held, if it held nothing that passes. */
  shape: string | undefined;
}

export class Ledger {
  readonly #runtime: Runtime;
  readonly #accounts = new WeakMap<Connection, Account>();
  /** Connections whose glue half of the snapshot changed. */
  readonly #touched = new Set<Connection>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** The glue half of the connection's snapshot changed. */
  touch(connection: Connection): void {
    if (this.#runtime.host.save === undefined) return;
    this.#accountOf(connection).revision += 1;
    this.#touched.add(connection);
    this.#runtime.endTurnSoon();
  }

  /** The connection was restored from this. */
  noteRestored(connection: Connection, kept: KeptConnection): void {
    const isPassing = kept.pending !== undefined || kept.connecting !== undefined;
    const shape = isPassing ? undefined : [...kept.sessions.keys()].join();
    this.#accounts.set(connection, { revision: 0, shape });
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
    const { host } = this.#runtime;
    try {
      host.save?.(connection._socket, this.take(connection, false));
    } catch (error) {
      if ((error as Error).name !== "DataCloneError") throw error;
      host.save?.(connection._socket, this.take(connection, true));
    }
  }

  /** Takes a snapshot. `isCareful`: leaves out what cannot be cloned. */
  take(connection: Connection, isCareful: boolean): ConnectionSnapshot {
    const runtime = this.#runtime;
    const account = this.#accountOf(connection);
    const sessions = runtime.namedSessions(connection);
    const shape = sessions.map(([name]) => name).join();
    const isPassing = connection._pending !== undefined || connection._connecting !== undefined;
    if (isPassing || shape !== account.shape) account.revision += 1;
    account.shape = isPassing ? undefined : shape;
    const glue = writeSnapshot(connection, sessions, runtime.application, isCareful);
    const core = runtime._core.snapshot(connection._handle);
    return { core, glue, revision: account.revision };
  }

  #accountOf(connection: Connection): Account {
    let account = this.#accounts.get(connection);
    if (account === undefined) {
      account = { revision: 0, shape: undefined };
      this.#accounts.set(connection, account);
    }
    return account;
  }
}
