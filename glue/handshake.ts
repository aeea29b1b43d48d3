/** `socket.handshake`. */
import type { Connection } from "./connection.ts";

/** The handshake details, with upstream's fields. */
export interface Handshake {
  /** The headers of the request that opened the connection; lower-case names. */
  headers: Record<string, string | string[] | undefined>;
  /** The date of creation, as `Date.prototype.toString` writes it. */
  time: string;
  /** The client's address. */
  address: string;
  /** Whether the connection is cross-domain, that is, whether it has an `Origin` header. */
  xdomain: boolean;
  /** Whether the connection is encrypted. */
  secure: boolean;
  /** The date of creation, in milliseconds since the epoch. */
  issued: number;
  /** Path and query of the request. */
  url: string;
  /** The query parameters of the request. */
  query: Record<string, string>;
  /** What the client gave as `auth`. */
  auth: Record<string, unknown>;
}

/**
 * Builds `socket.handshake` for a session. `issued` is when the session was made, which after a sleep
 * is not now. A connection whose `request` was deleted shows no headers and no query.
 */
export function buildHandshake(
  connection: Connection,
  auth: Record<string, unknown>,
  issued: number,
): Handshake {
  const request = connection.request;
  return {
    headers: request?.headers ?? {},
    time: new Date(issued).toString(),
    address: connection.remoteAddress,
    xdomain: Boolean(request?.headers.origin),
    secure: request === undefined || Boolean(request.connection.encrypted),
    issued,
    url: request?.url ?? "",
    query: request?._query ?? {},
    auth,
  };
}
