/** What applications hang on what is around a socket, be it kept or not: on the request, `conn` and `client`. */
import { type Connection, connectionProperties, HandedOut } from "../engine/connection.ts";
import { DetailsRequest } from "../engine/details-request.ts";
import type { Host } from "../engine/host.ts";
import type { HiddenSearch } from "./hidden.ts";
import type { Looker } from "./image.ts";
import type { Holders } from "./kept-properties.ts";
import { areAllKnown, type OwnProperties } from "./socket-properties.ts";
import type { AtWork } from "./unkept.ts";

/** By what it hangs on. */
export type Hung = Partial<Record<"request" | "conn" | "client", OwnProperties>>;

/** What is done about it for a connection. */
export interface Around {
  /** Whether anything of it came back in part and was not made again yet. */
  readonly isPartial: boolean;
  /** Brings back what `keep` gave. */
  restore(kept: unknown): void;
  /** What is to be kept. `onLost` hears of what cannot be. */
  keep(onLost: (name: string) => void): unknown;
  /** The properties of which more is there than is kept, by name. */
  unkept(): ReadonlyMap<string, unknown>;
  /** What is not kept now `made.maker` makes again after a sleep: see `Unkept.noteMade`. */
  noteMade(made: AtWork, others: readonly AtWork[], isGone: boolean): void;
  /** It is gone: what nobody else makes again, a sleep would lose. */
  forgetMaker(maker: object): void;
  /** Searches for what no clone has. Returns how much was looked at. */
  searchHidden(search: HiddenSearch): number;
  /** The names of what a sleep would lose. */
  lost(): readonly string[];
  /**
   * Code runs again, until what is returned is called: what it does to what was kept counts for nothing, and what came
   * back in part seems to be missing to it.
   */
  guard(holders: Holders): () => void;
  /** The code pauses, and others run. */
  pause(): void;
  /** Whether it is another than when it was looked at last, or the request is. */
  hasChanged(looker: Looker): boolean;
}

const NOTHING: ReadonlySet<string> = new Set();
export const CLIENT_PROPERTIES: ReadonlySet<string> = new Set(["conn", "server"]);

/** Undefined if nobody has asked for it, nor hung anything on it before a sleep. */
export function clientOf(conn: Connection): object | undefined {
  return conn._client ?? conn._clientProperties;
}

/** What properties can hang on, and what is there anyway. */
export function targetsOf(conn: Connection): Record<keyof Hung, Target> {
  const client = clientOf(conn);
  return {
    request: { object: conn.request, known: propertiesOf(conn.request, conn._runtime.host) },
    conn: { object: conn, known: connectionProperties },
    client: { object: client, known: CLIENT_PROPERTIES },
  };
}

/** Whether anything hangs there. Asked for every client, for a request of the platform's own is anybody's. */
export function hangsAny(conn: Connection): boolean {
  if (!conn._isHandedOut) return false;
  const { request, _client: client } = conn;
  if (holdsOthers(request, propertiesOf(request, conn._runtime.host))) return true;
  if (conn._handedOut === HandedOut.request) return false;
  return (
    conn._clientProperties !== undefined ||
    holdsOthers(conn, connectionProperties) ||
    holdsOthers(client, CLIENT_PROPERTIES)
  );
}

/** Whether anything hangs around a client's sockets that is to be made again. */
export function hangsAround(connection: Connection): boolean {
  // Without what makes things again nothing of it comes back.
  if (typeof DORMOUSE_REMAKING !== "undefined" && !DORMOUSE_REMAKING) return false;
  return hangsAny(connection);
}

function holdsOthers(object: object | undefined, known: ReadonlySet<string>): boolean {
  return Boolean(object) && !areAllKnown(Object.keys(object as object), known);
}

interface Target {
  object: object | undefined;
  known: ReadonlySet<string>;
}

/** The names of properties that requests have by themselves. */
export function propertiesOf(request: object | undefined, host: Host): ReadonlySet<string> {
  return (!(request instanceof DetailsRequest) && host.requestProperties) || NOTHING;
}
