/**
 * The request that opened a connection, in the shape that code written for upstream reads: a small
 * part of Node's `IncomingMessage`.
 */
import type { HandshakeDetails } from "./host.ts";
import type { HandshakeHeaders } from "./socket-types.ts";

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
  readonly #details: HandshakeDetails;

  constructor(details: HandshakeDetails) {
    this.#details = details;
  }

  get url(): string {
    return this.#details.url;
  }

  get method(): string {
    return this.#details.method;
  }

  get headers(): Record<string, string> {
    return this.#details.headers;
  }

  /** @internal The `Origin` header, without making anything of the others. */
  get _origin(): string | undefined {
    return this.#details.headers.origin;
  }

  get _query(): Record<string, string> {
    return this.#details.query;
  }

  get connection(): { remoteAddress: string; encrypted: boolean } {
    return { remoteAddress: this.#details.address, encrypted: this.#details.secure };
  }

  get socket(): { remoteAddress: string; encrypted: boolean } {
    return this.connection;
  }
}
