/** Compression of answers on Node, by what the client accepts. */
import type { IncomingMessage } from "node:http";

/** Answers below this size are not worth it, in bytes. */
export const DEFAULT_THRESHOLD = 1024;

/** The first of these encodings that the client accepts; undefined if it accepts none. */
export function encodingFor<Name extends string>(
  request: IncomingMessage,
  names: readonly Name[],
): Name | undefined {
  const accepted = new Map<string, number>();
  for (const part of String(request.headers["accept-encoding"] ?? "").split(",")) {
    const [name = "", ...parameters] = part.split(";").map((one) => one.trim().toLowerCase());
    const quality = parameters.find((one) => one.startsWith("q="))?.slice(2);
    accepted.set(name, quality === undefined ? 1 : Number(quality));
  }
  const fallback = accepted.get("*") ?? 0;
  return names.find((name) => (accepted.get(name) ?? fallback) > 0);
}
