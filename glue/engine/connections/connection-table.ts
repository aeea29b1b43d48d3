/** The connections of a server by the core's handles: those that are awake. */
import { HandleTable } from "../../core/handle-table.ts";
import type { Connection } from "./connection.ts";

/** Extends the table, and does not wrap it, because each delivery of a broadcast looks a connection up. */
export class ConnectionTable extends HandleTable<Connection> {
  #awakeCount = 0;

  /** Connections that are not closed. There may be others that sleep: see `CoreViews.connectionCount`. */
  get awakeCount(): number {
    return this.#awakeCount;
  }

  /** The connections that are not closed; a copy. There may be others that sleep: see `CoreViews.connections`. */
  awake(): Connection[] {
    return this.withEnding().filter((connection) => connection.readyState === "open");
  }

  /** A copy of the list of connections, with those whose sessions are about to end. */
  withEnding(): Connection[] {
    return this.values();
  }

  add(connection: Connection): void {
    this.set(connection._handle, connection);
    this.#awakeCount += 1;
  }

  /** The connection is closed for everybody; it keeps its place until its sessions have ended. */
  markClosed(connection: Connection): void {
    if (connection.readyState === "closed") return;
    connection.readyState = "closed";
    this.#awakeCount -= 1;
  }

  /** Frees the place, unless the core has given it to another by now. */
  remove(connection: Connection): void {
    this.delete(connection._handle);
  }

  override clear(): void {
    super.clear();
    this.#awakeCount = 0;
  }
}
