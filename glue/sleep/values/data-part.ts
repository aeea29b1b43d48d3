/**
 * What of a value is data. Middlewares hang all kinds of things on a request: users, sessions, stores,
 * methods. Nobody makes them anew after a sleep, so what can be kept of them is kept.
 */

import { isBytes } from "../../common/bytes.ts";
import { isThenable, setField } from "../../common/values.ts";
import { LOST } from "./cloneable.ts";
import { BUILT_INS, isPlain } from "./containers.ts";

/** Nested deeper, nothing is kept. */
const MAX_DEPTH = 32;
/** So many objects are looked at: what is larger counts as what it began as. */
const MAX_LOOKED_AT = 1_000;

/**
 * A value that can be cloned: data are themselves, so that what several have in common they have in common when they are
 * cloned together; the data of an object of a class is what its `toJSON` gives, or its fields.
 * `LOST` for functions, and for what does things and is none (emitters, promises, objects of a class that
 * hold functions).
 */
export function dataPartOf(value: unknown): unknown {
  return partOf(value, new Map(), 0);
}

/** Whether a value is data through and through, so that a clone of it is as good. */
export function isData(value: unknown): boolean {
  return isDataSoFar(value, new Set());
}

/** The same, where what is too large to be looked through is none. */
export function isSurelyData(value: unknown): boolean {
  const seen = new Set<object>();
  return isDataSoFar(value, seen) && seen.size <= MAX_LOOKED_AT;
}

function isDataSoFar(value: unknown, seen: Set<object>): boolean {
  try {
    return isDataInside(value, seen);
  } catch {
    // Looking runs code that throws: a getter, a proxy around a map.
    return false;
  }
}

function isDataInside(value: unknown, seen: Set<object>): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null || isBytes(value) || seen.has(value)) return true;
  if (seen.size > MAX_LOOKED_AT) return true;
  seen.add(value);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) {
    return (value as unknown[]).every((part) => isDataInside(part, seen));
  }
  if (isPlain(value)) return Object.values(value).every((part) => isDataInside(part, seen));
  if (prototype === Map.prototype) {
    return [...(value as Map<unknown, unknown>)].flat(1).every((part) => isDataInside(part, seen));
  }
  if (prototype === Set.prototype) {
    return [...(value as Set<unknown>)].every((part) => isDataInside(part, seen));
  }
  return BUILT_INS.some((known) => prototype === known.prototype);
}

function partOf(value: unknown, seen: Map<object, unknown>, depth: number): unknown {
  if (typeof value === "function" || typeof value === "symbol" || depth > MAX_DEPTH) return LOST;
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (isBytes(value)) return value;
  if (isSurelyData(value)) return value;
  if (BUILT_INS.some((known) => Object.getPrototypeOf(value) === known.prototype)) {
    return cloned(value);
  }
  if (Array.isArray(value)) {
    const parts: unknown[] = [];
    seen.set(value, parts);
    for (const part of value) {
      const kept = partOf(part, seen, depth + 1);
      parts.push(kept === LOST ? undefined : kept);
    }
    return parts;
  }
  return isPlain(value) ? fieldsOf(value, seen, depth) : instancePartOf(value, seen, depth);
}

/** The data part of what is no plain object. */
function instancePartOf(value: object, seen: Map<object, unknown>, depth: number): unknown {
  const { toJSON } = value as Record<string, unknown>;
  if (doesThings(value)) return LOST;
  if (typeof toJSON === "function") return jsonOf(value);
  if (holdsFunction(value, new Set())) return LOST;
  return fieldsOf(value as Record<string, unknown>, seen, depth);
}

function fieldsOf(
  value: Record<string, unknown>,
  seen: Map<object, unknown>,
  depth: number,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  seen.set(value, fields);
  for (const key of Object.keys(value)) {
    const kept = partOf(value[key], seen, depth + 1);
    if (kept !== LOST) setField(fields, key, kept);
  }
  return fields;
}

/** Whether it does things of itself, and is no data: an emitter, a promise. */
export function doesThings(value: object): boolean {
  const { on, emit } = value as Record<string, unknown>;
  return isThenable(value) || (typeof on === "function" && typeof emit === "function");
}

export function holdsFunction(value: unknown, seen: Set<object>): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some((part) => holdsFunction(part, seen));
}

/** What its `toJSON` gives; `LOST` if that is nothing. */
export function jsonOf(value: object): unknown {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? LOST : JSON.parse(text);
  } catch {
    return LOST;
  }
}

function cloned(value: object): unknown {
  try {
    return structuredClone(value);
  } catch {
    return LOST;
  }
}
