/** Requests and answers of clients that poll, on Node. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  BodyReader,
  PollingAnswer,
  PollingRequest,
} from "../../glue/engine/polling-support.ts";

/** A request as what answers it sees it. */
export function exchangeOf(request: IncomingMessage, response: ServerResponse): PollingRequest {
  return {
    method: request.method ?? "",
    contentType: request.headers["content-type"],
    body: request.method === "POST" ? readerOf(request) : undefined,
    onGone: (listener) => {
      response.once("close", () => {
        if (!response.writableEnded) listener();
      });
    },
  };
}

/** `more`: headers that the application has made. */
export function sendAnswer(
  response: ServerResponse,
  { status, headers, body }: PollingAnswer,
  more: Headers | undefined,
): void {
  for (const [name, value] of more ?? []) response.appendHeader(name, value);
  for (const [name, value] of Object.entries(headers)) response.appendHeader(name, value);
  if (body !== null) response.setHeader("Content-Length", Buffer.byteLength(body));
  // What is left of a body that nobody reads ends with its connection.
  if (status >= 400) response.setHeader("Connection", "close");
  response.writeHead(status);
  response.end(body ?? undefined);
}

/** The body as a stream's reader gives it. */
function readerOf(request: IncomingMessage): BodyReader {
  const pieces = request[Symbol.asyncIterator]();
  return {
    read: async () => {
      const { done = false, value } = await pieces.next();
      return { done, value };
    },
    cancel: async () => void request.resume(),
  };
}
