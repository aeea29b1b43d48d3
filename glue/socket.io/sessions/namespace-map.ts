/**
 * The namespaces of a server by name. After a sleep, dynamic namespaces are made again when their clients are
 * restored. So a question for one that is not there, or for all, first restores all clients.
 */
export class NamespaceMap<Value> extends Map<string, Value> {
  readonly #complete: () => void;

  /** `complete`: restores all clients, and makes their namespaces. */
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
