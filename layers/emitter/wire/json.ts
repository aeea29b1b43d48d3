/**
 * Values as JSON that keeps what JSON has no words for: `{"$base64": "…"}` are bytes, `{"$date": 0}` is a Date of
 * that many milliseconds, `{"$map": [[key, value], …]}` and `{"$set": […]}` are a Map and a Set. An object that is
 * only like these is `{"$plain": {…}}`.
 */

type Decoder = (value: unknown) => unknown;

const DECODERS: Record<string, Decoder> = {
  $base64: (text) => bytesOf(text as string),
  $date: (time) => new Date(time as number),
  $map: (entries) => new Map(decodeJson(entries) as [unknown, unknown][]),
  $set: (items) => new Set(decodeJson(items) as unknown[]),
  $plain: (fields) => decodeFields(fields as object),
};

/** Throws a RangeError for what is nested too deep. */
export function encodeJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(encodeJson);
  if (value instanceof ArrayBuffer) return { $base64: base64Of(new Uint8Array(value)) };
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return { $base64: base64Of(new Uint8Array(buffer, byteOffset, byteLength)) };
  }
  // JSON says null of one that is no time, as it does in an event.
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? null : { $date: value.getTime() };
  if (value instanceof Map) return { $map: [...value].map(encodeJson) };
  if (value instanceof Set) return { $set: [...value].map(encodeJson) };
  const fields = mapFields(value, encodeJson);
  return markOf(fields) === undefined ? fields : { $plain: fields };
}

/** Throws for a mark with the wrong thing behind it. */
export function decodeJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(decodeJson);
  const mark = markOf(value);
  if (mark === undefined) return decodeFields(value);
  return DECODERS[mark]?.((value as Record<string, unknown>)[mark]);
}

function decodeFields(value: object): object {
  return mapFields(value, decodeJson);
}

/** The mark that an object consists of. */
function markOf(value: object): string | undefined {
  const [first, ...others] = Object.keys(value);
  const isMark = first !== undefined && others.length === 0 && Object.hasOwn(DECODERS, first);
  return isMark ? first : undefined;
}

function mapFields(value: object, change: Decoder): object {
  const changed = {};
  for (const [key, item] of Object.entries(value)) {
    // A key named `__proto__` is a key like any other.
    Object.defineProperty(changed, key, {
      value: change(item),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return changed;
}

const CHUNK = 32_768;

export function base64Of(bytes: Uint8Array): string {
  let letters = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    letters += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(letters);
}

/** Throws for what is no base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
