/**
 * Copies of `socket.data` for who may write but shall have no effect, and the way back: the content of a
 * copy in the objects that others hold.
 */
import { bytesOf, copyOfBytes, type Fields, isBytes, isLike, isPlain, setField } from "./image.ts";

/** A copy of what is in a value; what is neither a container nor bytes is the same in both. */
export function copyOf(value: unknown, seen: Map<object, unknown> = new Map()): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const note = <T>(copy: T): T => {
    seen.set(value, copy);
    return copy;
  };
  if (Array.isArray(value)) {
    const copy: unknown[] = note([]);
    for (const part of value) copy.push(copyOf(part, seen));
    return copy;
  }
  if (isPlain(value)) {
    const copy: Fields = note({});
    for (const key of Object.keys(value)) setField(copy, key, copyOf(value[key], seen));
    return copy;
  }
  if (isExactly(value, Map)) {
    const copy = note(new Map<unknown, unknown>());
    for (const [key, part] of value) copy.set(copyOf(key, seen), copyOf(part, seen));
    return copy;
  }
  if (isExactly(value, Set)) {
    const copy = note(new Set<unknown>());
    for (const part of value) copy.add(copyOf(part, seen));
    return copy;
  }
  if (isExactly(value, Date)) return note(new Date(value));
  return isBytes(value) ? note(copyOfBytes(value)) : value;
}

/**
 * Gives `current` the content of `kept`, object by object, so that whoever holds a part of `current`
 * holds the same part afterwards. Returns what stands for `kept` now. `kept` is used up.
 */
export function putBack(current: unknown, kept: unknown, seen: Set<unknown> = new Set()): unknown {
  if (typeof current !== "object" || current === null || current === kept) return kept;
  // An object that is also inside of itself.
  if (seen.has(current)) return current;
  seen.add(current);
  if (Array.isArray(current) && Array.isArray(kept)) {
    const values = kept.map((value, index) => putBack(current[index], value, seen));
    current.length = 0;
    for (const value of values) current.push(value);
    return current;
  }
  if (isPlain(current) && isPlain(kept)) return putFieldsBack(current, kept, seen);
  if (isExactly(current, Map) && isExactly(kept, Map)) {
    const entries = [...kept].map(([key, value]) => [key, putBack(current.get(key), value, seen)]);
    current.clear();
    for (const [key, value] of entries) current.set(key, value);
    return current;
  }
  if (isExactly(current, Set) && isExactly(kept, Set)) {
    current.clear();
    for (const value of kept) current.add(value);
    return current;
  }
  if (isExactly(current, Date) && isExactly(kept, Date)) {
    current.setTime(kept.getTime());
    return current;
  }
  return putBytesBack(current, kept) ? current : kept;
}

function putFieldsBack(current: Fields, kept: Fields, seen: Set<unknown>): Fields {
  for (const key of Object.keys(current)) if (!Object.hasOwn(kept, key)) delete current[key];
  for (const [key, value] of Object.entries(kept)) {
    const before = Object.hasOwn(current, key) ? current[key] : undefined;
    setField(current, key, putBack(before, value, seen));
  }
  return current;
}

/** Returns false if they are not bytes of one kind and size. */
function putBytesBack(current: object, kept: unknown): boolean {
  if (!isBytes(current) || !isLike(current, kept)) return false;
  if (current.byteLength !== kept.byteLength) return false;
  bytesOf(current).set(bytesOf(kept));
  return true;
}

function isExactly<T extends object>(
  value: unknown,
  type: abstract new (...args: never[]) => T,
): value is T {
  return value instanceof type && Object.getPrototypeOf(value) === type.prototype;
}
