/** What middlewares leave, on a socket or around it, that a sleep would lose if they did not run again. */
import type { EventName } from "../../common/event-emitter.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import type { HiddenSearch } from "../values/hidden-properties.ts";
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
export interface LeftTracker {
  /** For what nobody sees who looks. */
  readonly search: HiddenSearch;
  /** What of that cannot be kept, by where it hangs; undefined if nothing hangs there. */
  unkeptAround(connection: Connection): ReadonlyMap<string, unknown> | undefined;
}

/** What there was around a socket before its middlewares ran. */
export interface Surrounded {
  readonly unkept: Before;
  /** Of its connection; undefined for none. */
  readonly listeners: ListenerList | undefined;
}

/** To be given to `haveLeft` once the middlewares of the namespace have run. */
export function beforeMiddlewares(changes: LeftTracker, { _conn: conn }: RemadeSocket): Surrounded {
  return { unkept: changes.unkeptAround(conn), listeners: listenersOf(conn) };
}

/**
 * Whether the middlewares have left what cannot be kept, on the socket or around it, perhaps in the place of another's.
 * What others have left there meanwhile counts, too: it is not known who has.
 */
export function haveLeft(changes: LeftTracker, socket: RemadeSocket, before: Surrounded): boolean {
  if (socket._hasListeners) return true;
  if (addedListeners(socket._conn, before.listeners).length > 0) return true;
  if (socket._kept.holdsUnkept(changes.search)) return true;
  const unkept = [...(changes.unkeptAround(socket._conn) ?? [])];
  return unkept.some(([name, value]) => before.unkept?.get(name) !== value);
}

export type ListenerList = readonly (readonly [event: EventName, listener: unknown])[];

/** Undefined for none, as most connections have it. */
export function listenersOf(conn: Connection): ListenerList | undefined {
  if (conn._listeners === undefined) return undefined;
  return conn
    .eventNames()
    .flatMap((event) => conn.rawListeners(event).map((one) => [event, one] as const));
}

/** The listeners of a connection that were not there before. */
export function addedListeners(conn: Connection, before: ListenerList | undefined): ListenerList {
  const now = listenersOf(conn);
  if (now === undefined) return [];
  const known = new Set(before?.map(([, listener]) => listener));
  return now.filter(([, listener]) => !known.has(listener));
}
