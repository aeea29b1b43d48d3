/** `socket.handshake`, and what the application has changed of it. */
import { hasSameFields } from "../../common/values.ts";
import type { Connection } from "../../engine/connections/connection.ts";
import { headersOf } from "../../engine/handshake/kept-request.ts";
import { dataPartOf } from "../../sleep/values/data-part.ts";
import { type OwnProperties, propertiesBeside } from "../../sleep/values/properties.ts";
import type { Handshake } from "../types/socket-types.ts";

/** What a handshake is made of, beside the connection. */
export interface HandshakeParts {
  /** The CONNECT payload. */
  auth: Record<string, unknown>;
  /** When the session began, in milliseconds since the epoch; a sleep changes nothing of it. */
  issued: number;
  /** What the application changed before a sleep. */
  changes: OwnProperties | undefined;
}

export class SocketHandshake {
  readonly value: Handshake;
  readonly #connection: Connection;
  readonly #auth: Record<string, unknown>;
  /** A copy, from when `changes` has found none. */
  #unchanged: Handshake | undefined;

  constructor(connection: Connection, { auth, issued, changes }: HandshakeParts) {
    this.value = Object.assign(buildHandshake(connection, auth, issued), changes);
    this.#connection = connection;
    this.#auth = auth;
  }

  /** What the application has changed, as far as it can be kept: maybe nothing. Undefined if it has changed nothing. */
  changes(): OwnProperties | undefined {
    const { value } = this;
    const before = this.#unchanged;
    // An application that has the request may change it, and with it what the handshake is compared with.
    const isSame =
      before !== undefined && !this.#connection._isHandedOut && hasSameFields(value, before);
    if (isSame) return undefined;
    const changes = changedFields(value, this.#connection, this.#auth);
    this.#unchanged = changes === undefined ? { ...value } : undefined;
    return changes && (propertiesBeside(new Set(), changes, dataPartOf) ?? {});
  }
}

/** A connection whose `request` was deleted shows no headers and no query. */
function buildHandshake(
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

/** Fields that the application has added, or given another value. Undefined if there are none. */
function changedFields(
  handshake: Handshake,
  connection: Connection,
  auth: Record<string, unknown>,
): Record<string, unknown> | undefined {
  const isUnrequested = !connection.request;
  const original: Record<string, unknown> = { ...buildHandshake(connection, auth, 0) };
  let changes: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(handshake)) {
    if (COMPUTED.has(name) || (isUnrequested && OF_REQUEST.has(name))) continue;
    if (Object.is(value, original[name])) continue;
    changes ??= {};
    changes[name] = value;
  }
  return changes;
}

/** Fields that are computed, and whose changes are not kept. */
const COMPUTED: ReadonlySet<string> = new Set(["time", "issued", "xdomain"]);
/** Fields that are empty without a request. */
const OF_REQUEST: ReadonlySet<string> = new Set(["headers", "query", "secure", "url"]);
