/** The connections of a server by the core's handles, which are dense. */
import type { Connection } from "./connection.ts";

export class ConnectionTable {
  #connections: (Connection | undefined)[] = [];
  #openCount = 0;

  get(handle: number): Connection | undefined {
    return this.#connections[handle];
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
    return this.#connections.filter((connection) => connection !== undefined);
  }

  add(connection: Connection): void {
    this.#connections[connection._handle] = connection;
    this.#openCount += 1;
  }

  /** The connection is closed for everybody; it keeps its place until its sessions have ended. */
  markClosed(connection: Connection): void {
    if (connection.readyState === "closed") return;
    connection.readyState = "closed";
    this.#openCount -= 1;
  }

  /** Frees the place, which the core may give to another by now. */
  remove(connection: Connection): void {
    if (this.#connections[connection._handle] !== connection) return;
    this.#connections[connection._handle] = undefined;
  }

  clear(): void {
    this.#connections = [];
    this.#openCount = 0;
  }
}
