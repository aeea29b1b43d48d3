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
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) bytes += value.byteLength;
    else if (typeof value === "object" && value !== null) {
      for (const part of partsOf(value)) waiting.push(part);
    }
  }
  return bytes;
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return entries.flat();
}
