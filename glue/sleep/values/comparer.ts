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

  /** Returns the image of a value. `image` is an earlier one, which is used up; undefined for none. */
  compare(value: unknown, image: unknown): unknown {
    this.#hasChanged = false;
    this.#hasBytes = false;
    this.#hasFunctions = false;
    this.#holdsMore = false;
    this.#isWhole = true;
    this.#parts = 0;
    try {
      const result = this.#imageOf(value, image);
      if (this.#parts <= MAX_PARTS) return result;
    } catch {
      // Looking runs code that throws: a getter, a proxy around a map.
    }
    this.#change();
    this.#hasBytes = true;
    this.#isWhole = false;
    return UNKNOWN;
  }

  /** Whether a value is what its image says, which is not used up. */
  isSame(value: unknown, image: unknown): boolean {
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
    const isKnown = isPlain(image);
    const result: Fields = isKnown ? image : {};
    if (!isKnown) this.#change();
    const keys = Object.keys(value);
    for (const key of keys) {
      const hasKey = Object.hasOwn(result, key);
      const before = hasKey ? result[key] : undefined;
      const part = this.#imageOf(value[key], before);
      if (hasKey && Object.is(part, before)) continue;
      if (!hasKey) this.#change();
      setField(result, key, part);
    }
    if (isKnown) this.#dropOthers(result, value, keys.length);
    return result;
  }

  #dropOthers(image: Fields, value: Fields, count: number): void {
    const keys = Object.keys(image);
    if (keys.length === count) return;
    this.#change();
    for (const key of keys) if (!Object.hasOwn(value, key)) delete image[key];
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

/** What a whole image was made of: a copy, with plain objects for those of the application's classes. */
export function valueOfImage(image: unknown, around: object[] = []): unknown {
  if (image instanceof Cycle) return around[image.depth];
  if (typeof image !== "object" || image === null) return image;
  if (image instanceof Date) return new Date(image);
  if (isBytes(image)) return copyOfBytes(image);
  const isFilled = image instanceof PartsImage;
  const container = isFilled ? image.container : containerOf(image);
  // Errors, regular expressions and their like are themselves.
  if (container === undefined) return image;
  const value = container.make();
  around.push(value);
  const parts = isFilled ? image.parts : container.parts(image);
  container.fill(
    value,
    parts.map((part) => valueOfImage(part, around)),
  );
  around.pop();
  return value;
}
