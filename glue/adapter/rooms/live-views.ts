/**
 * `Set`s and `Map`s that hold nothing: what they show is computed from the core when it is asked for.
 * They stand where `socket.io` has real ones (`socket.rooms`, `adapter.rooms`, `namespace.sockets`)
 * and are read like those. They cannot be written: there is nothing to write to.
 */

/** Where a `LiveSet` gets its values from. */
export interface SetSource<T> {
  /** The values in order, as an array of the caller's own. */
  list(): T[];
  size?(): number;
  has?(value: T): boolean;
}

/** Where a `LiveMap` gets its entries from. */
export interface MapSource<K, V> {
  /** The keys in order, as an array of the caller's own. */
  keys(): K[];
  get(key: K): V | undefined;
  size?(): number;
  has?(key: K): boolean;
}

function refuse(): never {
  throw new TypeError("dormouse: this is a view; use join(), leave() or disconnect() instead");
}

/** A read-only `Set` over a source. An iteration goes over the values of its beginning. */
export class LiveSet<T> extends Set<T> {
  #source: SetSource<T>;

  constructor(source: SetSource<T>) {
    super();
    this.#source = source;
    // The next view of the same would not have what is put on this one: `rooms.get("game").host = …` throws.
    Object.preventExtensions(this);
  }

  /** Puts another source in place; for what the view stood for is gone. */
  replaceSource(source: SetSource<T>): void {
    this.#source = source;
  }

  override get size(): number {
    return this.#source.size?.() ?? this.#source.list().length;
  }

  override has(value: T): boolean {
    return this.#source.has?.(value) ?? this.#source.list().includes(value);
  }

  override [Symbol.iterator](): SetIterator<T> {
    return this.#source.list().values();
  }

  override forEach(callback: (value: T, key: T, set: Set<T>) => void, thisArg?: unknown): void {
    for (const value of this.#source.list()) callback.call(thisArg, value, value, this);
  }

  override add(_value: T): this {
    refuse();
  }

  override delete(_value: T): boolean {
    refuse();
  }

  override clear(): void {
    refuse();
  }

  /** What Node prints. */
  [Symbol.for("nodejs.util.inspect.custom")](): Set<T> {
    return new Set(this.#source.list());
  }
}

/** A read-only `Map` over a source. An iteration goes over the entries of its beginning. */
export class LiveMap<K, V> extends Map<K, V> {
  readonly #source: MapSource<K, V>;

  constructor(source: MapSource<K, V>) {
    super();
    this.#source = source;
  }

  override get size(): number {
    return this.#source.size?.() ?? this.#source.keys().length;
  }

  override get(key: K): V | undefined {
    return this.#source.get(key);
  }

  override has(key: K): boolean {
    return this.#source.has?.(key) ?? this.#source.get(key) !== undefined;
  }

  override [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#copy().entries();
  }

  override forEach(callback: (value: V, key: K, map: Map<K, V>) => void, thisArg?: unknown): void {
    for (const [key, value] of this.#copy()) callback.call(thisArg, value, key, this);
  }

  override set(_key: K, _value: V): this {
    refuse();
  }

  override delete(_key: K): boolean {
    refuse();
  }

  override clear(): void {
    refuse();
  }

  /** What Node prints. */
  [Symbol.for("nodejs.util.inspect.custom")](): Map<K, V> {
    return this.#copy();
  }

  #copy(): Map<K, V> {
    const entries = new Map<K, V>();
    for (const key of this.#source.keys()) {
      const value = this.#source.get(key);
      if (value !== undefined) entries.set(key, value);
    }
    return entries;
  }
}

for (const [view, plain] of [
  [LiveSet, Set],
  [LiveMap, Map],
] as const) {
  // What else these have, the operations of newer engines too, looks into the object itself, where a view has nothing.
  for (const name of Object.getOwnPropertyNames(plain.prototype)) {
    if (Object.hasOwn(view.prototype, name)) continue;
    const operation = Reflect.get(plain.prototype, name);
    Object.defineProperty(view.prototype, name, {
      configurable: true,
      writable: true,
      value(this: unknown, ...args: unknown[]): unknown {
        return Reflect.apply(operation, Reflect.construct(plain, [this]), args);
      },
    });
  }
  // Test frameworks tell collections apart by their constructor.
  Object.defineProperty(view.prototype, "constructor", { value: plain, configurable: true });
}
