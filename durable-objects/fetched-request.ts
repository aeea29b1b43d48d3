/** A `Request` in upstream's shape, for functions that were written for either. */
import { DetailsRequest } from "../glue/engine-request.ts";
import type { HandshakeDetails } from "../glue/host.ts";

/** What is kept of a request. */
export function detailsOf(request: Request): HandshakeDetails {
  const url = new URL(request.url);
  return {
    url: url.pathname + url.search,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    query: Object.fromEntries(url.searchParams),
    address: request.headers.get("cf-connecting-ip") ?? "",
    secure: url.protocol === "https:",
  };
}

/** Header fields as properties, with the methods of `Headers` behind them. */
type HeaderFields = Record<string, string> & Pick<Headers, "get" | "has" | "forEach" | "entries">;

/**
 * Upstream's fields, and for those who know `Request`: `headers.get` and its like, `raw`. The `url` is
 * upstream's: path and query.
 */
export class FetchedRequest extends DetailsRequest {
  /** The request as the platform gave it. */
  readonly raw: Request;
  readonly #headers: HeaderFields;

  constructor(details: HandshakeDetails, raw: Request) {
    super(details);
    this.raw = raw;
    const { headers } = raw;
    const methods = {
      get: (name: string) => headers.get(name),
      has: (name: string) => headers.has(name),
      forEach: headers.forEach.bind(headers),
      entries: () => headers.entries(),
    };
    this.#headers = Object.assign(Object.create(methods), details.headers) as HeaderFields;
  }

  override get headers(): HeaderFields {
    return this.#headers;
  }
}
