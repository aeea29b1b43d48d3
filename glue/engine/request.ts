/**
 * The request that opened a connection, in the shape that code written for upstream reads: a small
 * part of Node's `IncomingMessage`.
 */

import type { RequestDetails } from "./request-details.ts";

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
  method?: string | undefined;
  /** Lower-case names. */
  headers: HandshakeHeaders;
  /** Parsed query parameters. */
  _query: Record<string, string>;
  connection: { remoteAddress?: string | undefined; encrypted?: boolean | undefined };
}

/** An `EngineRequest` where the platform has none of its own. */
export class DetailsRequest implements EngineRequest {
  readonly #details: RequestDetails;

  constructor(details: RequestDetails) {
    this.#details = details;
  }

  get url(): string {
    return this.#details.value.url;
  }

  get method(): string {
    return this.#details.value.method;
  }

  get headers(): Record<string, string> {
    return this.#details.value.headers;
  }

  /** @internal The headers, without what a platform adds to them for applications. */
  get _fields(): Record<string, string> {
    return this.#details.value.headers;
  }

  get _query(): Record<string, string> {
    return this.#details.value.query;
  }

  get connection(): { remoteAddress: string; encrypted: boolean } {
    const { address, secure } = this.#details.value;
    return { remoteAddress: address, encrypted: secure };
  }

  get socket(): { remoteAddress: string; encrypted: boolean } {
    return this.connection;
  }
}
