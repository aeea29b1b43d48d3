/**
 * The namespaces of a server by name. Those of dynamic parents come back with their clients, which are brought
 * back when they are needed: so whoever asks for one that is not there, or for all, needs everybody.
 */
export class Namespaces<Value> extends Map<string, Value> {
  readonly #complete: () => void;

  /** `complete` brings back those that are missing. */
  constructor(complete: () => void) {
    super();
    this.#complete = complete;
  }

  /** The namespace of this name, if it has been made by now. */
  peek(name: string): Value | undefined {
    return super.get(name);
  }

  /** A copy of the list of namespaces that have been made by now. */
  present(): Value[] {
    return [...super.values()];
  }

  override get(name: string): Value | undefined {
    return super.get(name) ?? this.#whole().peek(name);
  }

  override has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  override get size(): number {
    this.#complete();
    return super.size;
  }

  override keys(): MapIterator<string> {
    this.#complete();
    return super.keys();
  }

  override values(): MapIterator<Value> {
    this.#complete();
    return super.values();
  }

  override entries(): MapIterator<[string, Value]> {
    this.#complete();
    return super.entries();
  }

  override [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }

  override forEach(
    callback: (value: Value, name: string, map: Map<string, Value>) => void,
    thisArg?: unknown,
  ): void {
    this.#complete();
    super.forEach(callback, thisArg);
  }

  #whole(): this {
    this.#complete();
    return this;
  }
}
