/** What applications hang on what is around a socket, be it kept or not: on the request, `conn` and `client`. */
import {
  type Connection,
  connectionProperties,
  HandedOut,
} from "../../engine/connections/connection.ts";
import { KeptRequest } from "../../engine/handshake/kept-request.ts";
import type { Host } from "../../engine/host/host.ts";
import { areAllKnown, type OwnProperties } from "../values/properties.ts";

/** By what it hangs on. */
export type AddedProperties = Partial<Record<"request" | "conn" | "client", OwnProperties>>;

const NOTHING: ReadonlySet<string> = new Set();
export const CLIENT_PROPERTIES: ReadonlySet<string> = new Set(["conn", "server"]);

/** Undefined if nobody has asked for it, nor hung anything on it before a sleep. */
export function clientOf(conn: Connection): object | undefined {
  return conn._client ?? conn._clientProperties;
}

/** What properties can hang on, and what is there anyway. */
export function targetsOf(conn: Connection): Record<keyof AddedProperties, Target> {
  const client = clientOf(conn);
  return {
    request: { object: conn.request, known: propertiesOf(conn.request, conn._runtime.host) },
    conn: { object: conn, known: connectionProperties },
    client: { object: client, known: CLIENT_PROPERTIES },
  };
}

/** Whether anything hangs there. Asked for every client, for a request of the platform's own is anybody's. */
export function hasAddedProperties(conn: Connection): boolean {
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
export function hasPropertiesToRemake(connection: Connection): boolean {
  // Without what makes things again nothing of it comes back.
  if (typeof DORMOUSE_REMAKING !== "undefined" && !DORMOUSE_REMAKING) return false;
  return hasAddedProperties(connection);
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
  return (!(request instanceof KeptRequest) && host.requestProperties) || NOTHING;
}
