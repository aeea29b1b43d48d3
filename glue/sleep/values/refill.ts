/** Objects with methods that were made again, and the data that those before them had. */
import { setField } from "../../common/values.ts";
import { cloneableFormOf, LOST } from "./cloneable.ts";
import { containerOf, type Fields, hasOnlyFields, isAccessor, isPlain } from "./containers.ts";
import { putBack } from "./copy.ts";
import { dataPartOf, doesThings, holdsFunction, isData, isSurelyData } from "./data-part.ts";

/** Whether a value is an object of a class, or a function: nothing that was kept can stand for it. */
function isMadeAnew(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return containerOf(value) === undefined && !isData(value);
}

/**
 * Gives `current` the data of `kept`, object by object, as `putBack` does; an object of a class that stands
 * where its data were kept stays, and gets them. One that tells its data by `toJSON` is left as it is: nobody
 * knows how to tell it. Returns what stands for `kept` now. `kept` is used up.
 */
export function refill(current: unknown, kept: unknown): unknown {
  return refillInside(current, kept, new Map());
}

/** `seen`: what each was given. In the place of another, what was kept is another's. */
function refillInside(current: unknown, kept: unknown, seen: Map<object, unknown>): unknown {
  if (typeof current !== "object" || current === null) return isMadeAnew(current) ? current : kept;
  if (seen.has(current)) return seen.get(current) === kept ? current : kept;
  seen.set(current, kept);
  const isNew = isMadeAnew(current);
  // Others have put one there, too: its data count.
  const data = kept !== current && isNew && isMadeAnew(kept) ? dataPartOf(kept) : kept;
  if (!isPlain(data)) return isNew ? current : refillParts(current, data, seen);
  if (isPlain(current) && isData(current)) return putBack(current, data);
  if (Array.isArray(current) || typeof (current as Fields).toJSON === "function") return current;
  refillFields(current as Fields, data, seen);
  return current;
}

/** Lists, maps and sets. */
function refillParts(current: object, kept: unknown, seen: Map<object, unknown>): unknown {
  const container = containerOf(current);
  const isLike =
    typeof kept === "object" &&
    kept !== null &&
    container === containerOf(kept) &&
    kept !== current;
  if (!isLike || container === undefined || isData(current)) return putBack(current, kept);
  const parts = container
    .parts(kept)
    .map((part, index, all) => refillInside(container.at(current, all, index), part, seen));
  container.fill(current, parts);
  return current;
}

/** The parts of a value that `refill` could not give the data that were kept; not what emits and what waits, of itself. */
export function notRefilled(value: unknown): unknown[] {
  return notRefilledIn(value, new Set());
}

/** Whether an object has nothing but fields, and in them only data: it can be cloned, and all of it is refilled. */
export function isRefilledWhole(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    const { toJSON } = value as Fields;
    if (typeof toJSON === "function" || !hasOnlyFields(value)) return false;
    return isSurelyData(Object.values(value));
  } catch {
    // Looking runs code that throws.
    return false;
  }
}

function notRefilledIn(value: unknown, seen: Set<unknown>): unknown[] {
  if (seen.has(value) || typeof value === "function" || isData(value)) return [];
  seen.add(value);
  const part = value as Fields;
  if (doesThings(part) || (Array.isArray(value) && value.every(isData))) return [];
  const hasFields = hasOnlyFields(part) && typeof part.toJSON !== "function";
  if (!hasFields || (!isPlain(part) && holdsFunction(part, new Set()))) return [part];
  return Object.values(part).flatMap((inner) => notRefilledIn(inner, seen));
}

function refillFields(current: Fields, kept: Fields, seen: Map<object, unknown>): void {
  for (const key of Object.keys(current)) {
    if (isAccessor(current, key) || Object.hasOwn(kept, key)) continue;
    // Of what cannot be cloned nothing was kept, whether it was there or not.
    if (cloneableFormOf(current[key]) !== LOST) delete current[key];
  }
  for (const [key, value] of Object.entries(kept)) {
    const before = Object.hasOwn(current, key) ? current[key] : undefined;
    const filled = refillInside(before, value, seen);
    if (isAccessor(current, key)) Reflect.set(current, key, filled);
    else setField(current, key, filled);
  }
}
