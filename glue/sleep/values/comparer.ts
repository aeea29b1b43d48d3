/**
 * Images: what a value was when it was last looked at. A change is found by looking again, not by
 * watching: so the application has its own objects in its hands, which clone, compare and print as such,
 * and not proxies of them.
 *
 * An image holds what structured clone would keep, and shares nothing with the value that can change.
 * Looking costs as much as the value is large; only what has changed is copied.
 */

import { type Bytes, isBytes } from "../../common/bytes.ts";
import { setField } from "../../common/values.ts";
import { areSameBytes, copyOfBytes } from "./bytes.ts";
import {
  type Container,
  containerOf,
  type Fields,
  hasOnlyFields,
  isPlain,
  MAP,
  SET,
} from "./containers.ts";
import { copyOf, putBack, putSimpleBack } from "./copy.ts";

/** Nested deeper, a value counts as changed with every look. */
const MAX_DEPTH = 200;
/** The same for values with more parts, as those that refer to the same objects again and again. */
const MAX_PARTS = 100_000;

/** Stands for what is too large to be compared; equal to nothing. */
const UNKNOWN = Symbol("unknown");

/** Ends a comparison. */
const CHANGED = Symbol("changed");

/** Stands for an object that is also around itself, so many levels up from the root. */
class Cycle {
  readonly depth: number;

  constructor(depth: number) {
    this.depth = depth;
  }
}

/** The image of a map or a set. */
class PartsImage {
  readonly container: Container;
  parts: unknown[] = [];

  constructor(container: Container) {
    this.container = container;
  }
}

/** Looks at values. One comparer can look at many values, one after the other. */
export class Comparer {
  readonly #onInstance: (name: string) => void;
  readonly #around: object[] = [];
  #hasChanged = false;
  #hasBytes = false;
  #hasFunctions = false;
  #holdsMore = false;
  #isWhole = true;
  #isComparing = false;
  #parts = 0;
  #objects: object[] | undefined;
  #hasOthers = false;

  /** `onInstance` hears of instances of the application's classes, of which only the fields are kept. */
  constructor(onInstance: (name: string) => void = () => {}) {
    this.#onInstance = onInstance;
  }

  /** Whether the value was another than its image at the last look. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** Whether there were bytes in it. */
  get hasBytes(): boolean {
    return this.#hasBytes;
  }

  /** Whether there was anything in it that nobody can clone: functions, symbols. */
  get hasFunctions(): boolean {
    return this.#hasFunctions;
  }

  /** How many objects the last look went through. */
  get parts(): number {
    return this.#parts;
  }

  /** Whether there was anything in it that is more than data: of which a clone is less than itself. */
  get holdsMore(): boolean {
    return this.#holdsMore;
  }

  /** Whether the last image says all that there is. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Whether there were other objects in it than at the look before, of the same content or not. */
  get hasOthers(): boolean {
    return this.#hasOthers;
  }

  /**
   * Returns the image of a value. `image` is an earlier one, which is used up; undefined for none. `objects` are those of
   * which it was the image, in the order in which they were come by, and become those of which it is now.
   */
  compare(value: unknown, image: unknown, objects?: object[]): unknown {
    this.#objects = objects;
    this.#hasOthers = false;
    this.#hasChanged = false;
    this.#hasBytes = false;
    this.#hasFunctions = false;
    this.#holdsMore = false;
    this.#isWhole = true;
    this.#parts = 0;
    try {
      const result = this.#imageOf(value, image);
      this.#endObjects();
      if (this.#parts <= MAX_PARTS) return result;
    } catch {
      // Looking runs code that throws: a getter, a proxy around a map.
    }
    this.#change();
    this.#hasBytes = true;
    this.#isWhole = false;
    return UNKNOWN;
  }

  /** Whether a value is what its image says, and made of the same `objects`. Neither is used up. */
  isSame(value: unknown, image: unknown, objects?: object[]): boolean {
    this.#objects = objects;
    this.#isComparing = true;
    this.#parts = 0;
    try {
      this.#imageOf(value, image);
      return true;
    } catch {
      return false;
    } finally {
      this.#isComparing = false;
    }
  }

  #change(): void {
    // What has not changed is left as it is: nothing of the image is another by now.
    if (this.#isComparing) throw CHANGED;
    this.#hasChanged = true;
  }

  #noteObject(objects: object[], value: object): void {
    if (this.#isComparing) throw CHANGED;
    this.#hasOthers = true;
    objects[this.#parts - 1] = value;
  }

  /** There may have been more. */
  #endObjects(): void {
    if (this.#objects === undefined || this.#objects.length === this.#parts) return;
    this.#hasOthers = true;
    this.#objects.length = this.#parts;
  }

  #imageOf(value: unknown, image: unknown): unknown {
    if (typeof value !== "object" || value === null) {
      if (typeof value === "function" || typeof value === "symbol") {
        this.#hasFunctions = true;
        this.#holdsMore = true;
      }
      if (!Object.is(value, image)) this.#change();
      return value;
    }
    const depth = this.#around.indexOf(value);
    if (depth >= 0) {
      if (image instanceof Cycle && image.depth === depth) return image;
      this.#change();
      return new Cycle(depth);
    }
    this.#parts += 1;
    const objects = this.#objects;
    if (objects !== undefined && objects[this.#parts - 1] !== value) {
      this.#noteObject(objects, value);
    }
    if (this.#around.length > MAX_DEPTH || this.#parts > MAX_PARTS) {
      this.#change();
      this.#hasBytes = true;
      this.#isWhole = false;
      return UNKNOWN;
    }
    this.#around.push(value);
    try {
      return this.#imageOfObject(value, image);
    } finally {
      this.#around.pop();
    }
  }

  #imageOfObject(value: object, image: unknown): unknown {
    if (isOfOwnClass(value)) this.#holdsMore = true;
    if (Array.isArray(value)) return this.#imageOfArray(value, image);
    if (value instanceof Map) return this.#imageOfParts(value, MAP, image);
    if (value instanceof Set) return this.#imageOfParts(value, SET, image);
    if (value instanceof Date) return this.#imageOfDate(value, image);
    if (isBytes(value)) return this.#imageOfBytes(value, image);
    if (!hasOnlyFields(value)) {
      // Errors, regular expressions and whatever a platform has: another one is another value.
      if (value !== image) this.#change();
      this.#holdsMore = true;
      return value;
    }
    if (!isPlain(value)) {
      this.#holdsMore = true;
      this.#onInstance(value.constructor?.name ?? "an unknown class");
    }
    return this.#imageOfFields(value as Fields, image);
  }

  #imageOfFields(value: Fields, image: unknown): Fields {
    const keys = Object.keys(value);
    const known = isPlain(image) ? image : {};
    const knownKeys = Object.keys(known);
    const isInOrder =
      keys.length === knownKeys.length && keys.every((key, index) => key === knownKeys[index]);
    if (!isInOrder || known !== image) this.#change();
    // Its keys come in the order of the value's.
    const result: Fields = isInOrder ? known : {};
    for (const key of keys) {
      const before = isInOrder || Object.hasOwn(known, key) ? known[key] : undefined;
      const part = this.#imageOf(value[key], before);
      if (!isInOrder || !Object.is(part, before)) setField(result, key, part);
    }
    return result;
  }

  #imageOfArray(value: readonly unknown[], image: unknown): unknown[] {
    const result = Array.isArray(image) ? image : [];
    if (!Array.isArray(image) || image.length !== value.length) this.#change();
    result.length = value.length;
    for (let i = 0; i < value.length; i++) result[i] = this.#imageOf(value[i], result[i]);
    return result;
  }

  /** Keys and values in turn. */
  #imageOfParts(value: object, container: Container, image: unknown): PartsImage {
    const isKnown = image instanceof PartsImage && image.container === container;
    const result = isKnown ? image : new PartsImage(container);
    if (!isKnown) this.#change();
    result.parts = this.#imageOfArray(container.parts(value), result.parts);
    return result;
  }

  #imageOfDate(value: Date, image: unknown): Date {
    if (image instanceof Date && Object.is(image.getTime(), value.getTime())) return image;
    this.#change();
    return new Date(value);
  }

  #imageOfBytes(value: Bytes, image: unknown): Bytes {
    this.#hasBytes = true;
    if (areSameBytes(value, image)) return image;
    this.#change();
    return copyOfBytes(value);
  }
}

/** Whether a value is of a class of the application's that extends one of which a clone has all. */
function isOfOwnClass(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  // Most are of none, and looks at small objects would be mostly `instanceof`.
  if (KNOWN.has(prototype)) return false;
  return EXTENDED.some((known) => value instanceof known);
}

const EXTENDED = [Array, Map, Set, Date];
const KNOWN = new Set<unknown>([Object, ...EXTENDED].map((known) => known.prototype));

/**
 * What makes a value again what it is now: of the same objects, as far as it is data. What holds functions may lead to
 * anything, a logger, the server: instances there are left alone.
 */
export function undoOf(value: unknown, comparer: Comparer): () => unknown {
  const objects: object[] = [];
  const image = comparer.compare(value, undefined, objects);
  if (comparer.isWhole && !comparer.hasFunctions) return () => restore(image, objects);
  const copy = copyOf(value);
  return () => putBack(value, copy);
}

/**
 * Gives the objects of which a whole image was made what they had then. `objects`: these, as the look that made it has
 * left them. Returns the value. What has been frozen since is another object then.
 */
export function restore(image: unknown, objects: readonly object[]): unknown {
  const around: object[] = [];
  let count = 0;
  const restoreInside = (part: unknown): unknown => {
    if (part instanceof Cycle) return around[part.depth];
    if (typeof part !== "object" || part === null) return part;
    const object = objects[count++] as object;
    const isFilled = part instanceof PartsImage;
    const container = isFilled ? part.container : containerOf(part);
    if (container === undefined) return putSimpleBack(object, part) ? object : copyOf(part);
    around.push(object);
    const parts = (isFilled ? part.parts : container.parts(part)).map(restoreInside);
    around.pop();
    return refilled(object, container, parts);
  };
  return restoreInside(image);
}

function refilled(object: object, container: Container, parts: readonly unknown[]): object {
  const now = container.parts(object);
  const isSame = now.length === parts.length && parts.every((part, i) => Object.is(part, now[i]));
  if (isSame) return object;
  try {
    container.fill(object, parts);
    return object;
  } catch {
    const other = container.make();
    container.fill(other, parts);
    return other;
  }
}
