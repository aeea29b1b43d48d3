/**
 * Turns observed values into plain JSON, so that logs of servers in other processes can be compared.
 *
 * Not told apart, because hosts differ by nature: the kinds of binary (Buffer, Uint8Array,
 * ArrayBuffer: only the bytes count; scenarios that care ask `Buffer.isBuffer`), and functions.
 */
import type { Entry } from "../scenario.ts";

/** Deeper values are cut off: an observation is no place for them. */
const MAX_DEPTH = 64;

/** Encodes one observation. */
export function encodeEntry(event: string, values: unknown[]): Entry {
  return [event, ...values.map((value) => encode(value, 0))];
}

function encode(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return { $deep: true };
  switch (typeof value) {
    case "undefined":
      return { $undefined: true };
    case "function":
      return { $function: true };
    case "bigint":
    case "symbol":
      return { $other: String(value) };
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: numberName(value) };
    case "object":
      return value === null ? null : encodeObject(value, depth + 1);
    default:
      return value;
  }
}

function numberName(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function encodeObject(value: object, depth: number): unknown {
  if (value instanceof ArrayBuffer) return { $bytes: hex(new Uint8Array(value)) };
  if (ArrayBuffer.isView(value)) {
    return { $bytes: hex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
  }
  if (Array.isArray(value)) return value.map((item) => encode(item, depth));
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Set) return { $set: [...value].map((item) => encode(item, depth)) };
  if (value instanceof Map) {
    return { $map: [...value].map(([key, item]) => [encode(key, depth), encode(item, depth)]) };
  }
  const fields = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, encode(item, depth)]),
  );
  return value instanceof Error ? { $error: value.message, ...fields } : fields;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
