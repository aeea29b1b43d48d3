/**
 * What no clone of a value has, and nobody who compares values sees: what is there under symbols, what is not
 * enumerable, accessors, and properties of what is no list of fields (`list.owner` of a map, `error.code`).
 *
 * A search goes through all that is data, however deep, so it costs more than a look (comparer.ts), and is made
 * when there is time for it (sweep.ts). It finds as well what several have the same of (shared-objects.ts).
 */
import { isBytes } from "../../common/bytes.ts";
import { isHeaderMethod } from "../../engine/handshake/kept-request.ts";
import { BUILT_INS, containerOf, isPlain } from "./containers.ts";
import { canChange, type Holder, SharedObjects } from "./shared-objects.ts";

/** Nested deeper, nothing is looked at: what is so deep counts as changed with every look, and is cut off. */
const MAX_DEPTH = 200;
/** Of values with more parts, the rest is not looked at, for the same reasons. */
const MAX_PARTS = 100_000;
/** So much is found at a time: one alone is a reason to stay awake. */
const MAX_FOUND = 100;

/** What built-in classes have by themselves. */
const BY_KIND: ReadonlySet<PropertyKey> = new Set(["lastIndex", "stack", "message", "cause"]);
const NOTHING: ReadonlySet<PropertyKey> = new Set();

type Found = ReadonlyMap<string, unknown>;

/** One can be used for many searches, one after the other. */
export class HiddenSearch {
  #found: Map<string, unknown> | undefined;
  readonly #seen = new Set<object>();
  #parts = 0;
  readonly #sharedObjects = new SharedObjects();
  #holder: Holder | undefined;
  #shared: string | undefined;

  /** A new search begins. */
  begin(): void {
    this.#found = undefined;
    this.#shared = undefined;
    this.#parts = 0;
    this.#forgetSeen();
  }

  #forgetSeen(): void {
    // To clear an empty one makes another.
    if (this.#seen.size > 0) this.#seen.clear();
  }

  /**
   * What was found, by name; undefined for nothing. The value of an accessor is its function. What is deeper inside
   * of a property has three dots in its name: `socket.data.game…[secret]`.
   */
  get found(): Found | undefined {
    return this.#found;
  }

  /** What is somebody else's as well, by name, of what was looked at as a holder's; undefined for nothing. */
  get shared(): string | undefined {
    return this.#shared;
  }

  /** What `look` looks at is this one's. */
  heldBy(holder: Holder, look: () => void): void {
    this.#holder = holder;
    // What the holder before it has as well is looked at again.
    this.#forgetSeen();
    try {
      look();
    } finally {
      this.#holder = undefined;
    }
  }

  /** How many objects and properties were looked at. */
  get parts(): number {
    return this.#parts;
  }

  /**
   * Looks at the own properties of an object, beside those that are known, and at what is inside of them. Returns
   * whether there may be any.
   */
  lookOn(object: object, known: ReadonlySet<PropertyKey>, name: string): boolean {
    this.#parts += 1;
    this.#noteHolder(object, name);
    const keys = Reflect.ownKeys(object);
    // Most have nothing else.
    if (keys.length === known.size && known.size > 0) return false;
    try {
      this.#lookAtProperties(object, keys, known, name, (key) => `${name}.${key}`, 0);
    } catch {
      // Looking runs the code of proxies, which may throw.
    }
    return true;
  }

  /** Looks at what is inside of a value. */
  lookInside(value: unknown, name: string): void {
    try {
      this.#look(value, name, 1);
    } catch {
      // Looking runs the code of proxies here, too.
    }
  }

  #lookAtProperties(
    object: object,
    keys: readonly PropertyKey[],
    known: ReadonlySet<PropertyKey>,
    name: string,
    nameInside: (key: string) => string,
    depth: number,
  ): void {
    for (const key of keys) {
      if (known.has(key)) continue;
      this.#parts += 1;
      const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
      if (descriptor === undefined) continue;
      const { enumerable, get, set, value } = descriptor;
      const accessor = get ?? set;
      if (typeof key === "symbol" || !enumerable || accessor !== undefined) {
        this.#note(name, key, accessor ?? value);
      } else {
        this.#look(value, nameInside(key as string), depth + 1);
      }
    }
  }

  /** `depth`: 1 for what `name` is the whole name of. */
  #look(value: unknown, name: string, depth: number): void {
    if (typeof value !== "object" || value === null || this.#seen.has(value)) return;
    if (depth > MAX_DEPTH || this.#parts > MAX_PARTS) return;
    this.#seen.add(value);
    this.#parts += 1;
    this.#noteHolder(value, name);
    const inside = depth === 1 ? `${name}…` : name;
    const look = (part: unknown): void => this.#look(part, inside, depth + 1);
    if (isPlain(value)) {
      this.#lookAtProperties(value, Reflect.ownKeys(value), NOTHING, name, () => inside, depth);
    } else if (Array.isArray(value)) {
      this.#noteAll(value, Object.getOwnPropertySymbols(value), name);
      value.forEach(look);
    } else if (isBytes(value)) {
      this.#noteAll(value, Object.getOwnPropertySymbols(value), name);
    } else if (isBuiltIn(value)) {
      this.#noteAll(
        value,
        Reflect.ownKeys(value).filter((key) => !BY_KIND.has(key)),
        name,
      );
      containerOf(value)?.parts(value).forEach(look);
    }
  }

  /** One that is shared is enough: to look for others at each costs as much as what they have. */
  #noteHolder(object: object, name: string): void {
    const holder = this.#holder;
    if (holder === undefined || this.#shared !== undefined || !canChange(object)) return;
    const before = this.#sharedObjects.parts;
    if (this.#sharedObjects.isShared(object, holder)) this.#shared = name;
    this.#parts += this.#sharedObjects.parts - before;
  }

  #noteAll(object: object, keys: readonly PropertyKey[], name: string): void {
    for (const key of keys) this.#note(name, key, Reflect.get(object, key));
  }

  #note(name: string, key: PropertyKey, value: unknown): void {
    // Those of ours (engine/handshake/kept-request.ts).
    if (isHeaderMethod(value)) return;
    this.#found ??= new Map();
    if (this.#found.size >= MAX_FOUND) return;
    const whole = `${name}[${String(key)}]`;
    let at = whole;
    // Several of one name are one reason, and each may change.
    for (let number = 2; this.#found.has(at); number++) at = `${whole}${NUMBER_SIGN}${number}`;
    this.#found.set(at, value);
  }
}

const NUMBER_SIGN = "\0";

/** What code calls it that a search has found, be it the only one of its name or not. */
export function nameOfHidden(name: string): string {
  const end = name.indexOf(NUMBER_SIGN);
  return end < 0 ? name : name.slice(0, end);
}

/** Whether a name is one that a search has given. */
export function isHidden(name: string): boolean {
  return nameOfHidden(name).endsWith("]");
}

/** Whether a value is of a built-in class: a clone has its contents, but no properties that were added. */
function isBuiltIn(value: object): boolean {
  return BUILT_INS.some((known) => value instanceof known);
}
