/**
 * `io.data`: an object whose keys are kept in the storage. Only its keys go through a proxy, so that each
 * is read when it is first used and refused when it cannot be kept; the values are the application's own
 * objects.
 */
import type { ServerState } from "./server-state.ts";
import { dataKey, isKeepableKey } from "./state-keys.ts";

/** The data of a namespace. */
export function makeServerData(state: ServerState, namespace: string): object {
  return new Proxy({}, new DataHandler(state, namespace));
}

class DataHandler implements ProxyHandler<object> {
  readonly #state: ServerState;
  readonly #namespace: string;

  constructor(state: ServerState, namespace: string) {
    this.#state = state;
    this.#namespace = namespace;
  }

  get(target: object, name: string | symbol): unknown {
    const value = this.#read(name);
    return value === undefined ? Reflect.get(target, name) : value;
  }

  has(target: object, name: string | symbol): boolean {
    return this.#read(name) !== undefined || Reflect.has(target, name);
  }

  set(_target: object, name: string | symbol, value: unknown): boolean {
    if (typeof name === "symbol") {
      throw new TypeError(`dormouse: data under a symbol cannot be kept: ${String(name)}`);
    }
    this.#state.assign(dataKey(this.#namespace, name), value);
    return true;
  }

  defineProperty(target: object, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    return "value" in descriptor && this.set(target, name, descriptor.value);
  }

  deleteProperty(_target: object, name: string | symbol): boolean {
    if (this.#read(name) !== undefined) {
      this.#state.assign(dataKey(this.#namespace, name as string), undefined);
    }
    return true;
  }

  ownKeys(): string[] {
    return this.#state.keys(dataKey(this.#namespace));
  }

  getOwnPropertyDescriptor(_target: object, name: string | symbol): PropertyDescriptor | undefined {
    const value = this.#read(name);
    if (value === undefined) return undefined;
    return { value, writable: true, enumerable: true, configurable: true };
  }

  /** A frozen one would keep nothing. */
  preventExtensions(): boolean {
    return false;
  }

  #read(name: string | symbol): unknown {
    if (typeof name === "symbol") return undefined;
    const key = dataKey(this.#namespace, name);
    return isKeepableKey(key) ? this.#state.read(key) : undefined;
  }
}
