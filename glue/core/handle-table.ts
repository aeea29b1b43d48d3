/** Values by the core's handles. */
import { HANDLE_INDEX_MASK } from "./abi.gen.ts";

/**
 * The index in a handle is dense and used again, so it finds the place; the whole handle tells whether
 * what is there is still meant.
 */
export class HandleTable<Value> {
  readonly #handles: number[] = [];
  readonly #values: (Value | undefined)[] = [];

  get(handle: number): Value | undefined {
    const index = handle & HANDLE_INDEX_MASK;
    return this.#handles[index] === handle ? this.#values[index] : undefined;
  }

  set(handle: number, value: Value): void {
    const index = handle & HANDLE_INDEX_MASK;
    this.#handles[index] = handle;
    this.#values[index] = value;
  }

  /** Nothing if something else is in its place by now. */
  delete(handle: number): void {
    const index = handle & HANDLE_INDEX_MASK;
    if (this.#handles[index] === handle) this.#values[index] = undefined;
  }

  /** In the order of the indexes; a copy. */
  values(): Value[] {
    return this.#values.filter((value) => value !== undefined) as Value[];
  }

  /** In the order of the indexes. What is added or deleted meanwhile is in it or not. */
  *each(): Generator<Value, void> {
    for (let index = 0; index < this.#values.length; index++) {
      const value = this.#values[index];
      if (value !== undefined) yield value;
    }
  }

  clear(): void {
    this.#handles.length = 0;
    this.#values.length = 0;
  }
}
