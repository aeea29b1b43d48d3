/** Values on their way to another server. */

/** Kinds that structured clone takes as they are. */
const CLONEABLE = [Date, RegExp, Error];

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
  if (Array.isArray(value)) return value.map(portable);
  if (value instanceof ArrayBuffer) return value;
  if (ArrayBuffer.isView(value)) return copyOfView(value);
  if (CLONEABLE.some((kind) => value instanceof kind)) return value;
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [portable(key), portable(item)]));
  }
  if (value instanceof Set) return new Set([...value].map(portable));
  const { toJSON } = value as { toJSON?: unknown };
  const shown: unknown = typeof toJSON === "function" ? toJSON.call(value) : value;
  if (typeof shown !== "object" || shown === null) return portable(shown);
  if (shown !== value && (Array.isArray(shown) || isBytes(shown))) return portableObject(shown);
  return portableFields(shown);
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
