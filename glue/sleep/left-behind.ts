/** What middlewares leave, on a socket or around it, that a sleep would lose if they did not run again. */
import type { Connection } from "../engine/connection.ts";
import type { HiddenSearch } from "./hidden.ts";

/** A socket, as far as this is concerned. */
export interface RemadeSocket {
  id: string;
  readonly nsp: { readonly name: string };
  readonly _conn: Connection;
  /** Whether it has listeners of any kind. */
  readonly _hasListeners: boolean;
  /** What the application keeps on it. */
  readonly _kept: { holdsUnkept(search: HiddenSearch): boolean };
}

/** Knows what is around sockets. */
export interface LeftLedger {
  /** For what nobody sees who looks. */
  readonly search: HiddenSearch;
  /** What of that cannot be kept, by where it hangs; undefined if nothing hangs there. */
  unkeptAround(connection: Connection): ReadonlyMap<string, unknown> | undefined;
}

/** What there was around a socket before its middlewares ran. */
export interface Before {
  readonly unkept: ReadonlyMap<string, unknown> | undefined;
  readonly listeners: number;
}

/** To be given to `haveLeft` once the middlewares of the namespace have run. */
export function beforeMiddlewares(ledger: LeftLedger, socket: RemadeSocket): Before {
  return { unkept: ledger.unkeptAround(socket._conn), listeners: countListeners(socket._conn) };
}

/** Whether the middlewares have left what cannot be kept, on the socket or around it. */
export function haveLeft(ledger: LeftLedger, socket: RemadeSocket, before: Before): boolean {
  if (socket._hasListeners || countListeners(socket._conn) > before.listeners) return true;
  if (socket._kept.holdsUnkept(ledger.search)) return true;
  const unkept = [...(ledger.unkeptAround(socket._conn)?.keys() ?? [])];
  return unkept.some((name) => !before.unkept?.has(name));
}

function countListeners(conn: Connection): number {
  let count = 0;
  for (const event of conn.eventNames()) count += conn.listenerCount(event);
  return count;
}
