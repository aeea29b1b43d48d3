/**
 * `Buffer`s in what is kept. A clone knows them as plain bytes, and takes along the whole memory that
 * they are part of, for small ones a pool. So they are kept as bytes of their own, with the paths that
 * lead to them, and are `Buffer`s again afterwards.
 */
import { type BufferClass, bufferClass, bytesOf } from "../../common/bytes.ts";
import { clonedContainerOf } from "./containers.ts";

/** Indexes among the parts of containers (containers.ts), from the outside to the inside. */
export type Path = readonly number[];

/**
 * The value with plain bytes in the place of `Buffer`s, and the paths to them. It is the value itself,
 * and there are no paths, if it holds none.
 */
export function packBuffers(value: unknown): { value: unknown; paths: Path[] } {
  const Buffer = bufferClass();
  const paths: Path[] = [];
  if (Buffer === undefined || !mayHoldBuffer(value, Buffer)) return { value, paths };
  const packed = new Map<object, object>();
  const pack = (part: unknown, path: Path): unknown => {
    if (typeof part !== "object" || part === null) return part;
    if (Buffer.isBuffer(part)) paths.push(path);
    const known = packed.get(part);
    if (known !== undefined) return known;
    const container = clonedContainerOf(part);
    const copy = Buffer.isBuffer(part)
      ? new Uint8Array(bytesOf(part as Uint8Array))
      : (container?.make() ?? part);
    packed.set(part, copy);
    container?.fill(
      copy,
      container.parts(part).map((inside, index) => pack(inside, [...path, index])),
    );
    return copy;
  };
  return { value: pack(value, []), paths };
}

/** Puts `Buffer`s in the places of bytes, where there are `Buffer`s. Returns the value. */
export function unpackBuffers(value: unknown, paths: readonly Path[]): unknown {
  const Buffer = bufferClass();
  if (Buffer === undefined) return value;
  const made = new Map<Uint8Array, Uint8Array>();
  const make = (bytes: unknown): unknown => {
    if (!(bytes instanceof Uint8Array)) return bytes;
    const buffer = made.get(bytes) ?? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    made.set(bytes, buffer);
    return buffer;
  };
  let result = value;
  for (const path of paths) result = replaceAt(result, path, make);
  return result;
}

/** A clone in which `Buffer`s are `Buffer`s. Throws a `DataCloneError`. */
export function cloneOf<T>(value: T): T {
  const { value: packed, paths } = packBuffers(value);
  return unpackBuffers(structuredClone(packed), paths) as T;
}

/** Not if it is nested deeper than what anybody would put a `Buffer` into, as what clients send may be. */
function mayHoldBuffer(value: unknown, Buffer: BufferClass): boolean {
  try {
    return holdsBuffer(value, Buffer, new Set());
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function holdsBuffer(value: unknown, Buffer: BufferClass, seen: Set<object>): boolean {
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  if (Buffer.isBuffer(value)) return true;
  seen.add(value);
  const parts = clonedContainerOf(value)?.parts(value) ?? [];
  return parts.some((part) => holdsBuffer(part, Buffer, seen));
}

/** Replaces what is at a path, in place wherever that can be. */
function replaceAt(value: unknown, path: Path, replace: (part: unknown) => unknown): unknown {
  const [index, ...rest] = path;
  if (index === undefined) return replace(value);
  const container = typeof value === "object" && value !== null ? clonedContainerOf(value) : null;
  if (!container) return value;
  const parts = [...container.parts(value as object)];
  parts[index] = replaceAt(parts[index], rest, replace);
  container.fill(value as object, parts);
  return value;
}
