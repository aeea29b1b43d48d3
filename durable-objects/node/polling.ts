/** Requests and answers of clients that poll, on Node. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { deflate, gzip } from "node:zlib";
import type {
  BodyReader,
  PollingAnswer,
  PollingRequest,
} from "../../glue/engine/polling-support.ts";
import { DEFAULT_THRESHOLD, encodingFor } from "./compression.ts";
import type { HttpCompressionOptions } from "./compression-options.ts";

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

/** `more`: headers that the application has made. `compression`: undefined if it is off. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: PollingAnswer,
  more: Headers | undefined,
  compression: HttpCompressionOptions | undefined,
): Promise<void> {
  for (const [name, value] of more ?? []) response.appendHeader(name, value);
  for (const [name, value] of Object.entries(headers)) response.appendHeader(name, value);
  const packed = body === null ? undefined : await pack(request, body, compression);
  if (packed !== undefined) response.setHeader("Content-Encoding", packed.encoding);
  const sent = packed?.bytes ?? body;
  if (sent !== null) response.setHeader("Content-Length", Buffer.byteLength(sent));
  // What is left of a body that nobody reads ends with its connection.
  if (status >= 400) response.setHeader("Connection", "close");
  response.writeHead(status);
  response.end(sent ?? undefined);
}

const METHODS = { gzip: promisify(gzip), deflate: promisify(deflate) };

/** Undefined if it is better sent as it is. */
async function pack(
  request: IncomingMessage,
  body: string | Uint8Array,
  compression: HttpCompressionOptions | undefined,
): Promise<{ encoding: string; bytes: Buffer } | undefined> {
  const { threshold = DEFAULT_THRESHOLD, ...options } = compression ?? {};
  if (compression === undefined || Buffer.byteLength(body) < threshold) return undefined;
  const encoding = encodingFor(request, ["gzip", "deflate"]);
  if (encoding === undefined) return undefined;
  return { encoding, bytes: await METHODS[encoding](body, options) };
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
