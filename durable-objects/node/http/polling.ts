/** Requests and answers of clients that poll, on Node. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { deflate, gzip } from "node:zlib";
import type {
  BodyReader,
  PollingAnswer,
  PollingRequest,
} from "../../../glue/engine/options/polling-support.ts";
import { addOwnHeaders } from "../../../glue/engine/polling/answer-headers.ts";
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
  { status, headers, body, isPlain = false }: PollingAnswer,
  more: Headers | undefined,
  compression: HttpCompressionOptions | undefined,
): Promise<void> {
  const packing = body === null || isPlain ? undefined : pack(request, body, compression);
  const packed = packing && (await packing);
  const sent = packed?.bytes ?? body;
  const own = { ...headers };
  if (packed !== undefined) own["Content-Encoding"] = packed.encoding;
  if (sent !== null) own["Content-Length"] = String(Buffer.byteLength(sent));
  // What is left of a body that nobody reads ends with its connection.
  if (status >= 400) own.Connection = "close";
  const lines = Object.entries(own);
  // All at once, which costs less than one by one.
  response.writeHead(status, (more ? [...addOwnHeaders(more, lines)] : lines).flat());
  response.end(sent ?? undefined);
}

const METHODS = { gzip: promisify(gzip), deflate: promisify(deflate) };

/** Undefined if it is better sent as it is. */
function pack(
  request: IncomingMessage,
  body: string | Uint8Array,
  compression: HttpCompressionOptions | undefined,
): Promise<{ encoding: string; bytes: Buffer }> | undefined {
  if (compression === undefined) return undefined;
  const { threshold = DEFAULT_THRESHOLD, ...options } = compression;
  if (Buffer.byteLength(body) < threshold) return undefined;
  const encoding = encodingFor(request, ["gzip", "deflate"]);
  if (encoding === undefined) return undefined;
  return METHODS[encoding](body, options).then((bytes) => ({ encoding, bytes }));
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
