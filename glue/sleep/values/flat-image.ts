/**
 * Flat images: all that a value is made of, in one list. Other than images (comparer.ts) they go into objects of which no
 * clone is worth anything, as those that hold functions or a socket, for whoever asks whether such a one has changed.
 */
import { isBytes } from "../../common/bytes.ts";
import { isThenable } from "../../common/values.ts";
import { areSameBytes, copyOfBytes } from "./bytes.ts";
import { MAP, SET } from "./containers.ts";
import { jsonOf } from "./data-part.ts";

/** Of values of more objects the rest is not looked at; what is nearer is looked at first. */
const MAX_OBJECTS = 1_000;

/** In front of the number of an object, which says at which place it came first. */
const OBJECT = Symbol("object");

export type FlatImage = readonly unknown[];

/** `apart`: objects inside of it that count as themselves, whatever is in them, because others look for changes there. */
export function flatImageOf(value: unknown, apart: ReadonlySet<unknown>): FlatImage {
  if (typeof value !== "object" || value === null) return [value];
  const image: unknown[] = [];
  const numbers = new Map<object, number>([[value, 0]]);
  const note = (part: unknown): void => {
    if (typeof part !== "object" || part === null || apart.has(part) || isActive(part)) {
      image.push(part);
    } else if (isBytes(part)) {
      image.push(copyOfBytes(part));
    } else {
      const number = numbers.get(part) ?? numbers.size;
      numbers.set(part, number);
      image.push(OBJECT, number);
    }
  };
  try {
    // What is noted meanwhile comes as well.
    for (const [object, number] of numbers) {
      if (number === MAX_OBJECTS) break;
      const parts = partsOf(object);
      image.push(parts.length);
      parts.forEach(note);
    }
  } catch {
    // Looking runs code that throws: a getter, a proxy around a map.
  }
  return image;
}

export function isSameFlatImage(one: FlatImage, other: FlatImage): boolean {
  return one.length === other.length && one.every((part, index) => isSame(part, other[index]));
}

function isSame(part: unknown, other: unknown): boolean {
  if (Object.is(part, other)) return true;
  return typeof part === "object" && part !== null && isBytes(part) && areSameBytes(part, other);
}

/** Whether it is in use all the time by itself: a promise, a socket, a server and what belongs to it. */
function isActive(part: object): boolean {
  return isThenable(part) || "_describe" in part;
}

function partsOf(object: object): unknown[] {
  if (Array.isArray(object)) return object;
  if (typeof (object as { toJSON?: unknown }).toJSON === "function") {
    return [JSON.stringify(jsonOf(object))];
  }
  const fields = Object.entries(object).flat(1);
  if (object instanceof Map) fields.push(...MAP.parts(object));
  else if (object instanceof Set) fields.push(...SET.parts(object));
  return fields;
}
