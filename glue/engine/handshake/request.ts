/**
 * The request that opened a connection, in the shape that code written for upstream reads: a small
 * part of Node's `IncomingMessage`.
 */

import type { HandshakeDetails } from "../host/host.ts";

/** Request headers, lower-case names. Those that applications read most are known by name. */
export interface HandshakeHeaders {
  [name: string]: string | string[] | undefined;
  accept?: string;
  "accept-encoding"?: string;
  "accept-language"?: string;
  authorization?: string;
  cookie?: string;
  host?: string;
  origin?: string;
  referer?: string;
  "sec-websocket-extensions"?: string;
  "sec-websocket-key"?: string;
  "sec-websocket-protocol"?: string;
  "sec-websocket-version"?: string;
  "set-cookie"?: string[];
  upgrade?: string;
  "user-agent"?: string;
}

/** What upstream's `socket.request`, `conn.request`, `allowRequest` and `connection_error` show. */
export interface EngineRequest {
  /** Path and query. */
  url?: string | undefined;
  /** The HTTP method: `GET`. */
  method?: string | undefined;
  /** Lower-case names. */
  headers: HandshakeHeaders;
  /** Parsed query parameters. */
  _query: Record<string, string>;
  /** The client's address, where the platform tells it, and whether it came by https or wss. */
  connection: { remoteAddress?: string | undefined; encrypted?: boolean | undefined };
}

/** A request to the server's path: one that wants a WebSocket, or one of a client that polls. */
export interface HandshakeRequest {
  request: EngineRequest;
  /** Whether it asks for an upgrade to WebSocket, whatever its query says. */
  isUpgrade: boolean;
}

/** What an Engine.IO session begins with, whatever its transport. */
export interface Opening {
  /** The Engine.IO session id, from `engine.generateId`. */
  id: string;
  protocol: 3 | 4;
  /** Read once, and only if the session is opened: hosts may make it then. */
  readonly details: HandshakeDetails;
  /** The request as the application's functions saw it, or the platform's own. */
  request?: EngineRequest | undefined;
  /** What of the handshake has to run again after a sleep: flags of `RepeatedParts`. Left out: nothing. */
  repeats?: number | undefined;
}

/** The revision of Engine.IO's protocol that a request asks for. */
export function protocolOf({ _query }: Pick<EngineRequest, "_query">): 3 | 4 {
  return _query.EIO === "4" ? 4 : 3;
}

/** Header fields with one text each: those of a repeated field joined by ", ". */
export function joinFields(headers: HandshakeHeaders): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) fields[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return fields;
}
