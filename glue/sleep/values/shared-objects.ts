/**
 * Objects that are in the data of several clients, or in `io.data` as well. Each connection is kept by itself, and so is
 * `io.data`: after a sleep each would have a copy of its own, and a change of one would show nobody else.
 */
import { isBytes } from "../../common/bytes.ts";
import { type Container, containerOf, MAP, SET } from "./containers.ts";

/** Of values with more parts, the rest is not looked at. */
const MAX_PARTS = 100_000;

/** What objects are in: data of a socket, a value of `io.data`. */
export interface Holder {
  /** What it is kept with, as one: what the sockets of a connection have in common, they have in common after a sleep. */
  readonly keptWith: unknown;
  readonly isGone: boolean;
  /** That in which they are. */
  readonly holds: unknown;
}

export class SharedObjects {
  /** Who was the last to be seen alone with an object. */
  readonly #holders = new WeakMap<object, Holder>();
  #parts = 0;

  /** How many objects were gone through so far to find those that were asked about. */
  get parts(): number {
    return this.#parts;
  }

  /** Whether somebody else has this object as well, of those who were asked about before. */
  isShared(object: object, holder: Holder): boolean {
    const other = this.#holders.get(object);
    if (other === holder) return false;
    if (other !== undefined && other.keptWith !== holder.keptWith && !other.isGone) {
      // It may have gone from one to the other.
      const all = objectsIn(other.holds);
      this.#parts += all.size;
      if (all.has(object)) return true;
    }
    this.#holders.set(object, holder);
    return false;
  }
}

/** A value and all objects that are inside of it, as far as that is data. */
export function objectsIn(value: unknown): Set<object> {
  return allObjectsIn(value, containerOf, MAX_PARTS);
}

/** The same, by what counts as containers; of more than `max` some. */
export function allObjectsIn(
  value: unknown,
  kindOf: (object: object) => Container | undefined,
  max = Number.POSITIVE_INFINITY,
): Set<object> {
  const seen = new Set([value as object]);
  try {
    // What is added meanwhile comes as well.
    for (const part of seen) {
      if (seen.size > max) break;
      for (const inner of kindOf(part)?.parts(part) ?? []) {
        if (typeof inner === "object" && inner !== null) seen.add(inner);
      }
    }
  } catch {
    // Looking runs code that throws: a getter, a proxy.
  }
  return seen;
}

/** Whether it matters that two have the same object: whether it is one that can change, and that code does change. */
export function canChange(object: object): boolean {
  if (isBytes(object)) return true;
  const container = containerOf(object);
  if (container === undefined) return false;
  return container === MAP || container === SET || !Object.isFrozen(object);
}
