/** Requests and answers of clients that poll, on platforms with `Request` and `Response`. */
import type { PollingAnswer, PollingRequest } from "../options/polling-support.ts";
import { addOwnHeaders } from "./answer-headers.ts";

/** A platform `Request` in the form that long-polling takes. */
export function exchangeOf(request: Request): PollingRequest {
  return {
    method: request.method,
    contentType: request.headers.get("content-type") ?? undefined,
    body: request.body?.getReader(),
  };
}

/** `more`: headers that the application has made. */
export function toResponse(
  { status, headers: own, body }: PollingAnswer,
  more?: Headers,
): Response {
  const headers = addOwnHeaders(new Headers(more), Object.entries(own));
  return new Response(body as string | null, { status, headers });
}
