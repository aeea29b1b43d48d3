/** The connections of a server by the core's handles. */
import { HandleTable } from "../core/handle-table.ts";
import type { Connection } from "./connection.ts";

export class ConnectionTable {
  readonly #connections = new HandleTable<Connection>();
  #openCount = 0;

  get(handle: number): Connection | undefined {
    return this.#connections.get(handle);
  }

  /** Connections that are not closed. */
  get openCount(): number {
    return this.#openCount;
  }

  /** The connections that are not closed; a copy. */
  open(): Connection[] {
    return this.all().filter((connection) => connection.readyState === "open");
  }

  /** With those whose sessions are about to end; a copy. */
  all(): Connection[] {
    return this.#connections.values();
  }

  add(connection: Connection): void {
    this.#connections.set(connection._handle, connection);
    this.#openCount += 1;
  }

  /** The connection is closed for everybody; it keeps its place until its sessions have ended. */
  markClosed(connection: Connection): void {
    if (connection.readyState === "closed") return;
    connection.readyState = "closed";
    this.#openCount -= 1;
  }

  /** Frees the place, unless the core has given it to another by now. */
  remove(connection: Connection): void {
    this.#connections.delete(connection._handle);
  }

  clear(): void {
    this.#connections.clear();
    this.#openCount = 0;
  }
}
