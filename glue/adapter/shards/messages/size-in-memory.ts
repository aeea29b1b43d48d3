/** How much memory a call holds, about. */

/** Of each value, with what the engine keeps beside it, in bytes. */
const EACH = 16;
/** Of a call, with what waits for it, in bytes. */
const CALL = 512;

/** The bytes of a call; not looked at any further once they are more than `most`. It is portable, so contains no circles. */
export function bytesIn(call: unknown, most: number): number {
  let bytes = CALL;
  const waiting: unknown[] = [call];
  while (waiting.length > 0 && bytes <= most) {
    const value = waiting.pop();
    bytes += EACH;
    if (typeof value === "string") bytes += 2 * value.length;
    else if (typeof value !== "object" || value === null) continue;
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) bytes += value.byteLength;
    else pushParts(value, waiting);
  }
  return bytes;
}

function pushParts(value: object, parts: unknown[]): void {
  if (Array.isArray(value) || value instanceof Set) {
    for (const part of value) parts.push(part);
  } else if (value instanceof Map) {
    for (const [key, part] of value) parts.push(key, part);
  } else {
    for (const [key, part] of Object.entries(value)) parts.push(key, part);
  }
}
