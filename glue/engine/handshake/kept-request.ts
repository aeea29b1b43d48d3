/** Makes an `EngineRequest` from the kept details, where the platform's own request is not in upstream's shape. */

import type { EngineRequest, HandshakeHeaders } from "./request.ts";
import type { RequestDetails } from "./request-details.ts";

/** Header fields as properties, and what code that was written for `Headers` asks of them. */
export type HeaderFields = Record<string, string> &
  Pick<Headers, "get" | "has" | "forEach" | "entries">;

/**
 * An `EngineRequest` where the platform has none of its own. Changes by the application, and properties that it adds,
 * are kept through a sleep.
 */
export class KeptRequest implements EngineRequest {
  readonly #details: RequestDetails;

  constructor(details: RequestDetails) {
    this.#details = details;
  }

  /** @internal What is kept of it. */
  get _details(): RequestDetails {
    return this.#details;
  }

  get url(): string {
    return this.#details.value.url;
  }

  set url(url: string) {
    this.#details.value.url = url;
  }

  get method(): string {
    return this.#details.value.method;
  }

  set method(method: string) {
    this.#details.value.method = method;
  }

  get headers(): HeaderFields {
    return withMethods(this.#details.value.headers);
  }

  set headers(headers: Record<string, string>) {
    this.#details.value.headers = headers;
  }

  /** @internal The headers, without the methods. */
  get _fields(): Record<string, string> {
    return this.#details.value.headers;
  }

  get _query(): Record<string, string> {
    return this.#details.value.query;
  }

  set _query(query: Record<string, string>) {
    this.#details.value.query = query;
  }

  get connection(): { remoteAddress: string; encrypted: boolean } {
    const { address, secure } = this.#details.value;
    return { remoteAddress: address, encrypted: secure };
  }

  get socket(): { remoteAddress: string; encrypted: boolean } {
    return this.connection;
  }
}

/** The headers of a request, without making methods for them. */
export function headersOf(request: EngineRequest): HandshakeHeaders {
  return request instanceof KeptRequest ? request._fields : request.headers;
}

/** Not enumerable: whoever copies or keeps the fields wants none of them. */
const METHODS: PropertyDescriptorMap = Object.fromEntries(
  Object.entries({
    get(this: Record<string, string>, name: string): string | null {
      const field = name.toLowerCase();
      return Object.hasOwn(this, field) ? String(this[field]) : null;
    },
    has(this: Record<string, string>, name: string): boolean {
      return Object.keys(this).includes(name.toLowerCase());
    },
    forEach(this: Record<string, string>, callback: (value: string, name: string) => void): void {
      for (const [name, value] of Object.entries(this)) callback(value, name);
    },
    entries(this: Record<string, string>): Iterator<[string, string]> {
      return Object.entries(this).values();
    },
  }).map(([name, value]) => [name, { value, writable: true, configurable: true }]),
);

const OF_HEADERS: ReadonlySet<unknown> = new Set(Object.values(METHODS).map(({ value }) => value));

/** Whether a value is one of the methods that headers have, beside their fields. */
export function isHeaderMethod(value: unknown): boolean {
  return typeof value === "function" && OF_HEADERS.has(value);
}

function withMethods(fields: Record<string, string>): HeaderFields {
  if (!Object.hasOwn(fields, "forEach")) Object.defineProperties(fields, METHODS);
  return fields as HeaderFields;
}
