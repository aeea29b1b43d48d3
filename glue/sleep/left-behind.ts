/** What middlewares leave, on a socket or around it, that a sleep would lose if they did not run again. */
import type { Connection } from "../engine/connection.ts";
import type { HiddenSearch } from "./hidden.ts";
import type { Before } from "./unkept.ts";

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
export interface Surrounded {
  readonly unkept: Before;
  /** Of its connection; undefined for none. */
  readonly listeners: ReadonlySet<unknown> | undefined;
}

/** To be given to `haveLeft` once the middlewares of the namespace have run. */
export function beforeMiddlewares(ledger: LeftLedger, { _conn: conn }: RemadeSocket): Surrounded {
  return { unkept: ledger.unkeptAround(conn), listeners: listenersOf(conn) };
}

/**
 * Whether the middlewares have left what cannot be kept, on the socket or around it, perhaps in the place of another's.
 * What others have left there meanwhile counts, too: it is not known who has.
 */
export function haveLeft(ledger: LeftLedger, socket: RemadeSocket, before: Surrounded): boolean {
  if (socket._hasListeners) return true;
  for (const listener of listenersOf(socket._conn) ?? []) {
    if (!before.listeners?.has(listener)) return true;
  }
  if (socket._kept.holdsUnkept(ledger.search)) return true;
  const unkept = [...(ledger.unkeptAround(socket._conn) ?? [])];
  return unkept.some(([name, value]) => before.unkept?.get(name) !== value);
}

function listenersOf(conn: Connection): ReadonlySet<unknown> | undefined {
  const events = conn.eventNames();
  return events.length === 0
    ? undefined
    : new Set(events.flatMap((event) => conn.rawListeners(event)));
}
