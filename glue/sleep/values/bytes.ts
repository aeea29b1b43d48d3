/** Copies of bytes, and whether they are the same. */
import { type Bytes, bytesOf } from "../../common/bytes.ts";

/** A copy of the same class, with memory of its own. */
export function copyOfBytes(value: Bytes): Bytes {
  const memory = new Uint8Array(bytesOf(value)).buffer;
  if (value instanceof ArrayBuffer) return memory;
  if (value instanceof DataView) return new DataView(memory);
  // A subclass (as `Buffer`) may have a constructor of another kind.
  const classes = globalThis as unknown as Record<string, new (memory: ArrayBuffer) => Uint8Array>;
  const View = classes[(value as Uint8Array)[Symbol.toStringTag]] ?? Uint8Array;
  return Object.setPrototypeOf(new View(memory), Object.getPrototypeOf(value));
}

/** Whether they are the same, in class and content. */
export function areSameBytes(value: Bytes, other: unknown): other is Bytes {
  if (!isLike(value, other) || value.byteLength !== other.byteLength) return false;
  const [bytes, otherBytes] = [bytesOf(value), bytesOf(other)];
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== otherBytes[i]) return false;
  return true;
}

/** Whether both are of one class. */
export function isLike(value: Bytes, other: unknown): other is Bytes {
  if (typeof other !== "object" || other === null) return false;
  return Object.getPrototypeOf(value) === Object.getPrototypeOf(other);
}
