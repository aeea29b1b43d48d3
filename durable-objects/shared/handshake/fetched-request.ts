/** A `Request` in upstream's shape, for functions that were written for either. */

import { KeptRequest } from "../../../glue/engine/handshake/kept-request.ts";
import { RequestDetails } from "../../../glue/engine/handshake/request-details.ts";
import type { HandshakeDetails } from "../../../glue/engine/host/host.ts";
import { parseQuery } from "./query.ts";

/** The details that are kept of a request. `url`: the request's, if it was read before: each reading makes a new string. */
export function detailsOf(request: Request, url = request.url): HandshakeDetails {
  const headers: Record<string, string> = {};
  // No iterator: each step of one is a call out of JavaScript.
  request.headers.forEach((value, name) => {
    headers[name] = value;
  });
  return {
    url: url.slice(url.indexOf("/", SCHEME_END)),
    method: request.method,
    headers,
    query: parseQuery(url),
    address: headers["cf-connecting-ip"] ?? "",
    secure: url.startsWith("https:"),
  };
}

/** Behind `https://`. A request's URL is absolute and has a path. */
const SCHEME_END = 8;

/** Upstream's fields, and for those who know `Request`: `headers.get` and its like, and `raw`. */
export class FetchedRequest extends KeptRequest {
  #raw: Request | undefined;

  constructor(details: HandshakeDetails, raw: Request) {
    super(new RequestDetails(details));
    this.#raw = raw;
  }

  /** The request as the platform gave it. Undefined once the connection is open. */
  get raw(): Request | undefined {
    return this.#raw;
  }

  /** The handshake is over: the platform's request goes, and takes no memory. */
  release(): void {
    this.#raw = undefined;
  }
}
