/**
 * How many bytes a value takes up as V8 serializes it, which is how storages keep it. So what is too large
 * is known when it is assigned, not when it is written.
 */
import { isBytes } from "../../common/bytes.ts";
import { clonedContainerOf } from "./containers.ts";

const HEAD = 2;
const TAG = 1;
/** What a container needs beside its parts: where it begins and ends, and how many there are. */
const CONTAINER = 12;
const DOUBLE = 9;
/** What a view has beside its bytes. */
const VIEW = 24;
/** Errors, regular expressions: roughly. */
const OTHER = 64;
const TWO_BYTES = /[^\0-\xff]/;

/** Whether V8 writes a text with two bytes for each unit, because some of it needs them. Found at once if none does. */
export function isWide(text: string): boolean {
  return TWO_BYTES.test(text);
}

/** In bytes, or a little more. The value can be cloned. */
export function serializedSize(value: unknown): number {
  let size = HEAD;
  const seen = new Set<object>();
  const open: unknown[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part !== "object" || part === null) size += primitiveSize(part);
    else if (seen.has(part)) size += TAG + varint(seen.size);
    else {
      seen.add(part);
      const container = clonedContainerOf(part);
      if (isListOfDoubles(part)) size += CONTAINER + DOUBLE * part.length;
      else if (container !== undefined) {
        size += CONTAINER;
        for (const inner of container.parts(part)) open.push(inner);
      } else size += simpleSize(part);
    }
  }
  return size;
}

function primitiveSize(value: unknown): number {
  if (typeof value === "string") {
    const bytes = isWide(value) ? 2 * value.length + TAG : value.length;
    return TAG + varint(bytes) + bytes;
  }
  if (typeof value === "number") {
    return isSmall(value) ? TAG + varint(2 * Math.abs(value)) : DOUBLE;
  }
  if (typeof value === "bigint") return DOUBLE + value.toString(16).length;
  return TAG;
}

function simpleSize(value: object): number {
  if (isBytes(value)) return VIEW + (ArrayBuffer.isView(value) ? value.buffer : value).byteLength;
  if (value instanceof Date) return DOUBLE;
  const { message = "", stack = value } = value as Partial<Error>;
  return OTHER + primitiveSize(message) + primitiveSize(String(stack));
}

/** Where one number is no small integer, V8 may write none of them as such. */
function isListOfDoubles(value: object): value is number[] {
  if (!Array.isArray(value) || !value.some((part) => !isSmall(part))) return false;
  return value.every((part) => typeof part === "number");
}

function isSmall(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 30 && !Object.is(value, -0);
}

/** Seven bits in each byte. */
function varint(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest /= 128) bytes += 1;
  return bytes;
}
