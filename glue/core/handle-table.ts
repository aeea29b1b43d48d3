/** A map from the core's handles to values. */
import { HANDLE_INDEX_MASK } from "./abi.gen.ts";

/**
 * The dense index in a handle finds the place. Indexes are used again, so the whole handle is compared to tell
 * whether the value there is still the one that is meant.
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

  /** Does nothing if another handle has taken the place. */
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
