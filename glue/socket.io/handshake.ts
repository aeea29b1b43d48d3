/** `socket.handshake`. */
import type { Connection } from "../engine/connection.ts";
import type { Handshake } from "./socket-types.ts";

/**
 * Builds `socket.handshake` for a session. `issued` is when the session was made, which after a sleep
 * is not now. A connection whose `request` was deleted shows no headers and no query.
 */
export function buildHandshake(
  connection: Connection,
  auth: Record<string, unknown>,
  issued: number,
): Handshake {
  const request = connection.request ?? undefined;
  return {
    headers: request?.headers ?? {},
    time: new Date(issued).toString(),
    address: connection.remoteAddress,
    xdomain: Boolean(request?.headers.origin),
    secure: request === undefined || Boolean(request.connection.encrypted),
    issued,
    url: request?.url as string,
    query: request?._query ?? {},
    auth,
  };
}
