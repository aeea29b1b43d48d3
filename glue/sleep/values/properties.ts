/** The properties of an object beside those that all of its kind have. */
import { LOST } from "./cloneable.ts";

/** Of an object: those that an application has set. */
export type OwnProperties = Record<string, unknown>;

/**
 * The properties of an object beside those that are known; undefined if there are none. `keep` gives
 * what of a value is kept, or `LOST`.
 */
export function propertiesBeside(
  known: ReadonlySet<string>,
  object: object,
  keep: (value: unknown) => unknown,
  onLost?: (key: string) => void,
): OwnProperties | undefined {
  let properties: OwnProperties | undefined;
  const keys = Object.keys(object);
  if (areAllKnown(keys, known)) return undefined;
  for (const key of keys) {
    if (known.has(key)) continue;
    const kept = keep((object as OwnProperties)[key]);
    if (kept === LOST) {
      onLost?.(key);
    } else {
      properties ??= {};
      properties[key] = kept;
    }
  }
  return properties;
}

/**
 * Most objects have nothing beside what is known, and this is asked with every event: so it is told by
 * what is first and last, for what is added comes last, or, if it is an index, first.
 */
export function areAllKnown(keys: readonly string[], known: ReadonlySet<string>): boolean {
  const { length } = keys;
  if (length === 0) return true;
  if (length > known.size) return false;
  return known.has(keys[0] as string) && known.has(keys[length - 1] as string);
}
