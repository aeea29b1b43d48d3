/** `socket.handshake`. */
import type { Connection } from "../engine/connection.ts";
import { headersOf } from "../engine/details-request.ts";
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
  const headers = request === undefined ? {} : headersOf(request);
  return {
    headers,
    time: new Date(issued).toString(),
    address: connection.remoteAddress,
    xdomain: Boolean(headers.origin),
    secure: request === undefined || Boolean(request.connection.encrypted),
    issued,
    url: request?.url as string,
    query: request?._query ?? {},
    auth,
  };
}

/**
 * What the application has made of a handshake: fields that it added, and others that it gave another
 * value. Undefined if there is nothing.
 */
export function changedFields(
  handshake: Handshake,
  connection: Connection,
  auth: Record<string, unknown>,
): Record<string, unknown> | undefined {
  const request = connection.request ?? undefined;
  let changes: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(handshake)) {
    if (UNTOLD.has(name) || (request === undefined && OF_REQUEST.has(name))) continue;
    if (Object.is(value, originalOf(name, connection, request, auth))) continue;
    changes ??= {};
    changes[name] = value;
  }
  return changes;
}

/** Fields that are made anew, and are no application's to change. */
const UNTOLD: ReadonlySet<string> = new Set(["time", "issued", "xdomain"]);
/** Fields that are empty without a request. */
const OF_REQUEST: ReadonlySet<string> = new Set(["headers", "query", "secure", "url"]);

function originalOf(
  name: string,
  connection: Connection,
  request: Connection["request"],
  auth: Record<string, unknown>,
): unknown {
  switch (name) {
    case "address":
      return connection.remoteAddress;
    case "auth":
      return auth;
    case "headers":
      return request && headersOf(request);
    case "query":
      return request?._query;
    case "secure":
      return request === undefined || Boolean(request.connection.encrypted);
    case "url":
      return request?.url;
    default:
      return undefined;
  }
}
