/**
 * `socket.data` of a server whose objects sleep. It is kept in snapshots, so it must be known when it
 * changes, and a value that cannot be kept must fail where it is set, not in a log line later.
 *
 * Both are done by a proxy of the object itself (not of what is in it): it sees every assignment, and
 * every object that is handed out and may be changed. Looking at the object only when it is saved
 * would need no proxy; but the error would come when nobody knows any more which line is to blame.
 * The price: platform functions that clone (`structuredClone`, RPC) want `{ ...socket.data }`.
 */

/** Whom changes of the data matter to. */
export interface DataOwner {
  /** Whether the data is kept over sleeps that nobody sees coming. Otherwise it may be anything. */
  readonly _isDataKept: boolean;
  /** The data has changed. */
  _onDataChange(): void;
  /** An object of the data was handed out, and may be changed from now on. */
  _onDataHandedOut(): void;
  /** Whose data it is, for messages. */
  _describe(): string;
}

/** The objects behind proxies, so that one assigned to another's key is kept as itself. */
const targets = new WeakMap<object, object>();

/** `socket.data`: the value that is kept, and what the application sees of it. */
export class SocketDataSlot {
  readonly #owner: DataOwner;
  #raw: unknown;
  /** Made when it is first asked for. */
  #view: unknown;
  #hasView = false;

  constructor(owner: DataOwner, raw: unknown) {
    this.#owner = owner;
    this.#raw = raw;
  }

  /** What is kept. */
  get raw(): unknown {
    return this.#raw;
  }

  get view(): unknown {
    if (!this.#hasView) {
      const isWatched = this.#owner._isDataKept && isGuarded(this.#raw);
      this.#view = isWatched ? guard(this.#raw as Guarded, this.#owner) : this.#raw;
      this.#hasView = true;
    }
    // Nobody sees what becomes of other objects.
    if (this.#view === this.#raw && isObject(this.#raw)) this.#owner._onDataHandedOut();
    return this.#view;
  }

  set view(value: unknown) {
    const raw = unguarded(value);
    if (this.#owner._isDataKept) refuseUncloneableIn(raw, this.#owner);
    this.#raw = raw;
    this.#hasView = false;
    this.#owner._onDataChange();
  }

  /** A slot with a copy of the data, for who may write but shall have no effect. */
  scratch(): SocketDataSlot {
    return new SocketDataSlot(this.#owner, structuredClone(this.#raw));
  }

  /**
   * What is kept becomes the content of the scratch slot's objects, which its users hold. They are the
   * socket's data from now on.
   */
  adopt(scratch: SocketDataSlot): void {
    this.#raw = putBack(scratch.#raw, this.#raw);
    this.#view = scratch.#raw === this.#raw ? scratch.#view : undefined;
    this.#hasView = scratch.#raw === this.#raw && scratch.#hasView;
  }
}

/** Whether the platform can keep a copy of a value. */
export function isCloneable(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (!isObject(value)) return true;
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** Whether a value is a plain object in which there is nothing to keep. */
export function isEmptyObject(value: unknown): boolean {
  return isPlain(value) && Object.keys(value).length === 0;
}

/** The value, or what of its keys can be cloned; `tell` hears of the others. */
export function withoutUncloneable<T>(value: T, tell: (key: string) => void): T {
  if (isCloneable(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value as object)) {
    if (isCloneable(part)) kept[key] = part;
    else tell(key);
  }
  return kept as T;
}

/**
 * Gives `current` the content of `kept`, object by object, so that whoever holds a part of `current`
 * holds the same part afterwards. Returns what stands for `kept` now.
 */
export function putBack(current: unknown, kept: unknown): unknown {
  if (Array.isArray(current) && Array.isArray(kept)) {
    const values = kept.map((value, index) => putBack(current[index], value));
    current.splice(0, current.length, ...values);
    return current;
  }
  if (!isPlain(current) || !isPlain(kept)) return kept;
  for (const key of Object.keys(current)) if (!Object.hasOwn(kept, key)) delete current[key];
  for (const [key, value] of Object.entries(kept)) {
    define(current, key, putBack(Object.hasOwn(current, key) ? current[key] : undefined, value));
  }
  return current;
}

type Guarded = Record<string, unknown>;

function guard(target: Guarded, owner: DataOwner): unknown {
  const proxy = new Proxy(target, new DataGuard(owner));
  targets.set(proxy, target);
  return proxy;
}

class DataGuard implements ProxyHandler<Record<string, unknown>> {
  readonly #owner: DataOwner;

  constructor(owner: DataOwner) {
    this.#owner = owner;
  }

  get(target: Record<string, unknown>, key: string): unknown {
    const value = target[key];
    if (isObject(value)) this.#owner._onDataHandedOut();
    return value;
  }

  set(target: Record<string, unknown>, key: string, value: unknown): boolean {
    const raw = unguarded(value);
    if (!isObject(raw) && Object.is(target[key], raw) && Object.hasOwn(target, key)) return true;
    refuseUncloneable(raw, key, this.#owner);
    this.#owner._onDataChange();
    return Reflect.set(target, key, raw);
  }

  defineProperty(
    target: Record<string, unknown>,
    key: string,
    descriptor: PropertyDescriptor,
  ): boolean {
    refuseUncloneable(descriptor.value, key, this.#owner);
    this.#owner._onDataChange();
    return Reflect.defineProperty(target, key, descriptor);
  }

  deleteProperty(target: Record<string, unknown>, key: string): boolean {
    this.#owner._onDataChange();
    return Reflect.deleteProperty(target, key);
  }
}

function refuseUncloneableIn(data: unknown, owner: DataOwner): void {
  if (isGuarded(data)) {
    for (const key of Object.keys(data)) {
      const value = unguarded(data[key]);
      if (value !== data[key]) data[key] = value;
      refuseUncloneable(value, key, owner);
    }
  } else {
    refuseUncloneable(data, undefined, owner);
  }
}

function refuseUncloneable(value: unknown, key: string | undefined, owner: DataOwner): void {
  // Symbols as keys are not kept, so their values need not be.
  if (typeof key === "symbol" || isCloneable(value)) return;
  const name = key === undefined ? "socket.data" : `socket.data.${key}`;
  throw new TypeError(
    `dormouse: ${name} of ${owner._describe()} cannot be kept while the object sleeps: ` +
      `${describe(value)} cannot be cloned`,
  );
}

function describe(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  const name = (value as object).constructor?.name;
  return name === undefined || name === "Object" ? "what is in it" : `a value of type ${name}`;
}

function unguarded(value: unknown): unknown {
  return isObject(value) ? (targets.get(value) ?? value) : value;
}

/** A setter of a prototype (`__proto__`) must not be what takes the value. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Built-in classes have slots that a proxy does not have. */
function isGuarded(value: unknown): value is Record<string, unknown> {
  return isPlain(value) || Array.isArray(value);
}
