/**
 * `Buffer`s in what is kept. A clone knows them as plain bytes, and takes along the whole memory that
 * they are part of, for small ones a pool. So they are kept as bytes of their own, with the paths that
 * lead to them, and are `Buffer`s again afterwards.
 */
import { bytesOf, type Fields, isPlain, setField } from "./image.ts";

/** Keys of objects and indexes. In a map its keys and values count in turn: 0, 1, 2, … */
export type Path = readonly (string | number)[];

interface BufferClass {
  isBuffer(value: unknown): value is Uint8Array;
  from(memory: ArrayBufferLike, offset: number, length: number): Uint8Array;
}

/** Missing in Workers without `nodejs_compat`. */
function bufferClass(): BufferClass | undefined {
  return (globalThis as { Buffer?: BufferClass }).Buffer;
}

/**
 * The value with plain bytes in the place of `Buffer`s, and the paths to them. It is the value itself,
 * and there are no paths, if it holds none.
 */
export function packBuffers(value: unknown): { value: unknown; paths: Path[] } {
  const Buffer = bufferClass();
  if (Buffer === undefined || !holdsBuffer(value, Buffer, new Set())) return { value, paths: [] };
  const packing = new Packing(Buffer);
  return { value: packing.pack(value, []), paths: packing.paths };
}

/** Puts `Buffer`s in the places of bytes, where there are `Buffer`s. Returns the value. */
export function unpackBuffers(value: unknown, paths: readonly Path[]): unknown {
  const Buffer = bufferClass();
  if (Buffer === undefined) return value;
  const made = new Map<Uint8Array, Uint8Array>();
  const make = (bytes: unknown): unknown => {
    if (!(bytes instanceof Uint8Array)) return bytes;
    const known = made.get(bytes);
    if (known !== undefined) return known;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    made.set(bytes, buffer);
    return buffer;
  };
  let result = value;
  for (const path of paths) result = replaceAt(result, path, 0, make);
  return result;
}

function holdsBuffer(value: unknown, Buffer: BufferClass, seen: Set<object>): boolean {
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  if (ArrayBuffer.isView(value)) return Buffer.isBuffer(value);
  seen.add(value);
  const holds = (part: unknown): boolean => holdsBuffer(part, Buffer, seen);
  return (partsOf(value) ?? []).some(holds);
}

/** What is in a container; undefined for what is none. */
function partsOf(value: object): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value].flat(1);
  if (value instanceof Set) return [...value];
  if (Object.prototype.toString.call(value) === "[object Object]") return Object.values(value);
  return undefined;
}

class Packing {
  readonly paths: Path[] = [];
  readonly #Buffer: BufferClass;
  readonly #packed = new Map<object, unknown>();
  readonly #bytes = new Map<object, Uint8Array>();

  constructor(Buffer: BufferClass) {
    this.#Buffer = Buffer;
  }

  pack(value: unknown, path: Path): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (this.#Buffer.isBuffer(value)) return this.#packBuffer(value, path);
    if (this.#packed.has(value)) return this.#packed.get(value);
    if (Array.isArray(value)) {
      const list: unknown[] = this.#note(value, []);
      for (const [index, part] of value.entries()) list.push(this.pack(part, [...path, index]));
      return list;
    }
    if (value instanceof Map) {
      const map = this.#note(value, new Map<unknown, unknown>());
      let at = 0;
      for (const [key, part] of value) {
        const packedKey = this.pack(key, [...path, at]);
        map.set(packedKey, this.pack(part, [...path, at + 1]));
        at += 2;
      }
      return map;
    }
    if (value instanceof Set) {
      const set = this.#note(value, new Set<unknown>());
      for (const [index, part] of [...value].entries()) set.add(this.pack(part, [...path, index]));
      return set;
    }
    if (Object.prototype.toString.call(value) !== "[object Object]") return value;
    const fields: Fields = this.#note(value, {});
    for (const [key, part] of Object.entries(value)) {
      setField(fields, key, this.pack(part, [...path, key]));
    }
    return fields;
  }

  #packBuffer(buffer: Uint8Array, path: Path): Uint8Array {
    this.paths.push(path);
    const bytes = this.#bytes.get(buffer) ?? new Uint8Array(bytesOf(buffer));
    this.#bytes.set(buffer, bytes);
    return bytes;
  }

  #note<T>(value: object, packed: T): T {
    this.#packed.set(value, packed);
    return packed;
  }
}

/** Replaces what is at a path, in place wherever that can be. */
function replaceAt(
  value: unknown,
  path: Path,
  at: number,
  replace: (part: unknown) => unknown,
): unknown {
  const key = path[at];
  if (key === undefined) return replace(value);
  const inside = (part: unknown): unknown => replaceAt(part, path, at + 1, replace);
  if (Array.isArray(value)) value[Number(key)] = inside(value[Number(key)]);
  else if (value instanceof Map) {
    const parts = [...value].flat(1);
    parts[Number(key)] = inside(parts[Number(key)]);
    value.clear();
    for (let i = 0; i < parts.length; i += 2) value.set(parts[i], parts[i + 1]);
  } else if (value instanceof Set) {
    const parts = [...value];
    parts[Number(key)] = inside(parts[Number(key)]);
    value.clear();
    for (const part of parts) value.add(part);
  } else if (isPlain(value)) setField(value, String(key), inside(value[key]));
  return value;
}
