/** Values on their way to another server. */

/** What is a plain value to JSON, in an object of its own. */
const BOXES = [Boolean, Number, String];

/** What is nested deeper may be more than the stack of whoever copies or serializes it. */
const MAX_DEPTH = 1_000;

/** Whether something is nested too deep to travel. Clients decide on that where a value is theirs. */
export function isTooDeep(value: unknown, levels = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null || isBytes(value)) return false;
  if (levels === 0) return true;
  for (const item of itemsOf(value)) if (isTooDeep(item, levels - 1)) return true;
  return false;
}

function itemsOf(value: object): Iterable<unknown> {
  if (value instanceof Map) return [...value].flat();
  return Array.isArray(value) || value instanceof Set ? value : Object.values(value);
}

/**
 * A copy of a value that structured clone takes, and that clients see as they would see the value itself.
 * Functions, symbols and what cannot be read are left out as in JSON; instances of classes become plain
 * objects, `toJSON` is called; bytes are copied without what else is in their buffer.
 *
 * @throws RangeError for what is nested too deep, or contains itself
 */
export function portable(value: unknown): unknown {
  switch (typeof value) {
    case "function":
    case "symbol":
      return undefined;
    case "object":
      return value === null ? null : portableObject(value);
    default:
      return value;
  }
}

function portableObject(value: object): unknown {
  if (value instanceof ArrayBuffer) return value;
  if (ArrayBuffer.isView(value)) return copyOfView(value);
  if (isCloneable(value)) return value;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== "function") return portableContents(value);
  const shown: unknown = toJSON.call(value);
  if (typeof shown !== "object" || shown === null) return portable(shown);
  if (Array.isArray(shown)) return shown.map(portable);
  // JSON does not ask it once more.
  return isBytes(shown) ? portableObject(shown) : portableFields(shown);
}

/** Whether structured clone takes it as it is, and clients see nothing of it that is lost by that. */
function isCloneable(value: object): boolean {
  if (value instanceof Date || value instanceof RegExp) return true;
  return value instanceof Error && !("toJSON" in value) && Object.keys(value).length === 0;
}

function portableContents(value: object): unknown {
  if (Array.isArray(value)) return value.map(portable);
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [portable(key), portable(item)]));
  }
  if (value instanceof Set) return new Set([...value].map(portable));
  return BOXES.some((kind) => value instanceof kind) ? value.valueOf() : portableFields(value);
}

function copyOfView(view: ArrayBufferView): ArrayBufferView {
  if (!(view instanceof DataView)) return Uint8Array.prototype.slice.call(view);
  const end = view.byteOffset + view.byteLength;
  return new DataView(view.buffer.slice(view.byteOffset, end));
}

function isBytes(value: object): boolean {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

function portableFields(value: object): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const carried = portable(item);
    // A key named `__proto__` is a key like any other.
    if (key !== "__proto__") copy[key] = carried;
    else Object.defineProperty(copy, key, { value: carried, enumerable: true });
  }
  return copy;
}
