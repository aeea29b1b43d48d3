/** What values are made of: lists, fields, maps and sets, taken apart and put together in one way. */
import { setField } from "../../common/values.ts";

export type Fields = Record<string, unknown>;

/** Built-in classes of whose instances a clone has all that they are. */
export const BUILT_INS = [Map, Set, Date, RegExp, Error];

/** A kind of container. */
export interface Container {
  make(): object;
  /** What is in one. Of fields and maps each key comes in front of its value. */
  parts(value: object): unknown[];
  /** What another of the kind has in the place of a part of `parts`; undefined for keys. */
  at(value: object, parts: readonly unknown[], index: number): unknown;
  /** Replaces all that is in one. */
  fill(value: object, parts: readonly unknown[]): void;
}

const LIST: Container = {
  make: () => [],
  parts: (value) => value as unknown[],
  at: (value, _parts, index) => (value as unknown[])[index],
  fill(value, parts) {
    const list = value as unknown[];
    list.length = 0;
    for (const part of parts) list.push(part);
  },
};

const FIELDS: Container = {
  make: () => ({}),
  parts: (value) => Object.entries(value).flat(1),
  at(value, parts, index) {
    const key = parts[index - 1] as string;
    return index % 2 === 1 && Object.hasOwn(value, key) ? (value as Fields)[key] : undefined;
  },
  fill(value, parts) {
    // Accessors stay: what was read by one is not to stand in its place, but for its setter to take.
    const accessors = new Set<unknown>();
    for (const key of Object.keys(value)) {
      if (isAccessor(value, key)) accessors.add(key);
      else delete (value as Fields)[key];
    }
    for (let i = 0; i < parts.length; i += 2) {
      if (accessors.has(parts[i])) Reflect.set(value, parts[i] as string, parts[i + 1]);
      else setField(value as Fields, parts[i] as string, parts[i + 1]);
    }
  },
};

export const MAP: Container = {
  make: () => new Map(),
  parts: (value) => [...(value as Map<unknown, unknown>)].flat(1),
  at(value, parts, index) {
    return index % 2 === 1 ? (value as Map<unknown, unknown>).get(parts[index - 1]) : undefined;
  },
  fill(value, parts) {
    const map = value as Map<unknown, unknown>;
    map.clear();
    for (let i = 0; i < parts.length; i += 2) map.set(parts[i], parts[i + 1]);
  },
};

export const SET: Container = {
  make: () => new Set(),
  parts: (value) => [...(value as Set<unknown>)],
  at: () => undefined,
  fill(value, parts) {
    const set = value as Set<unknown>;
    set.clear();
    for (const part of parts) set.add(part);
  },
};

/** Whether an object has an accessor of its own under a key. */
export function isAccessor(object: object, key: string): boolean {
  const found = Object.getOwnPropertyDescriptor(object, key);
  return found !== undefined && !("value" in found);
}

/** The kind of a value; undefined for what is no container, instances of other classes among it. */
export function containerOf(value: object): Container | undefined {
  if (Array.isArray(value)) return LIST;
  switch (Object.getPrototypeOf(value)) {
    case Object.prototype:
    case null:
      return FIELDS;
    case Map.prototype:
      return isReadable(value, Map.prototype.has) ? MAP : undefined;
    case Set.prototype:
      return isReadable(value, Set.prototype.has) ? SET : undefined;
    default:
      return undefined;
  }
}

/** Whether a map or a set is one, and no proxy around one, of which nothing can be read. */
function isReadable(value: object, has: (this: never, key: unknown) => boolean): boolean {
  try {
    has.call(value as never, undefined);
    return true;
  } catch {
    return false;
  }
}

/** The same, where of an instance of a class nothing counts but its fields. */
export function clonedContainerOf(value: object): Container | undefined {
  return containerOf(value) ?? (hasOnlyFields(value) ? FIELDS : undefined);
}

/** Whether a value is an object of no class. */
export function isPlain(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && containerOf(value) === FIELDS;
}

/** Whether all there is to an object are its fields; built-in classes have more. */
export function hasOnlyFields(value: object): boolean {
  return isPlain(value) || Object.prototype.toString.call(value) === "[object Object]";
}
