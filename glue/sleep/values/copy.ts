/**
 * Copies of `socket.data` for who may write but shall have no effect, and the way back: the content of a
 * copy in the objects that others hold.
 */
import { bytesOf, isBytes } from "../../common/bytes.ts";
import { copyOfBytes, isLike } from "./bytes.ts";
import { containerOf } from "./containers.ts";

/** A copy of what is in a value; what can neither be filled nor written to is the same in both. */
export function copyOf(value: unknown): unknown {
  try {
    return copyInside(value, new Map());
  } catch {
    // Nested too deep to be copied, or to be kept at all (a client may have sent it), or read by code that
    // throws: a getter, a proxy around a map.
    return value;
  }
}

function copyInside(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const container = containerOf(value);
  const copy = container?.make() ?? copyOfSimple(value);
  seen.set(value, copy);
  container?.fill(
    copy,
    container.parts(value).map((part) => copyInside(part, seen)),
  );
  return copy;
}

/**
 * Gives `current` the content of `kept`, object by object, so that whoever holds a part of `current`
 * holds the same part afterwards. Returns what stands for `kept` now. `kept` is used up.
 */
export function putBack(current: unknown, kept: unknown): unknown {
  try {
    return putBackInside(current, kept, new Set());
  } catch {
    return kept;
  }
}

function putBackInside(current: unknown, kept: unknown, seen: Set<unknown>): unknown {
  if (typeof current !== "object" || current === null || current === kept) return kept;
  if (typeof kept !== "object" || kept === null) return kept;
  // An object that is also inside of itself.
  if (seen.has(current)) return current;
  const container = containerOf(current);
  if (container === undefined || container !== containerOf(kept)) {
    return putSimpleBack(current, kept) ? current : kept;
  }
  seen.add(current);
  const parts = container
    .parts(kept)
    .map((part, index, all) => putBackInside(container.at(current, all, index), part, seen));
  container.fill(current, parts);
  return current;
}

function copyOfSimple(value: object): object {
  if (isDate(value)) return new Date(value);
  return isBytes(value) ? copyOfBytes(value) : value;
}

/** The same for dates and bytes. Returns false for others, and if they are not of one kind and size. */
export function putSimpleBack(current: object, kept: object): boolean {
  if (isDate(current) && isDate(kept)) {
    current.setTime(kept.getTime());
    return true;
  }
  if (!isBytes(current) || !isLike(current, kept) || current.byteLength !== kept.byteLength) {
    return false;
  }
  bytesOf(current).set(bytesOf(kept));
  return true;
}

function isDate(value: object): value is Date {
  return Object.getPrototypeOf(value) === Date.prototype;
}
