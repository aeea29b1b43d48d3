/** Storage of a host whose process is never put to sleep: as durable as that process. */
import type { OwnStorage } from "../../../glue/engine/host/host.ts";

export class MemoryStorage implements OwnStorage {
  readonly maxValueBytes = Number.POSITIVE_INFINITY;
  #values = new Map<string, unknown>();

  get(key: string): unknown {
    return structuredClone(this.#values.get(key));
  }

  *list(prefix: string): Iterable<[string, unknown]> {
    for (const [key, value] of this.#values) {
      if (key.startsWith(prefix)) yield [key, structuredClone(value)];
    }
  }

  put(key: string, value: unknown): void {
    this.#values.set(key, structuredClone(value));
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  /** Takes over all that another holds, which is empty then. */
  takeOver(other: MemoryStorage): void {
    this.#values = other.#values;
    other.#values = new Map();
  }

  /** Nobody else has it: nothing is ever lost. */
  onLoss(_rewrite: () => void, _prepare?: () => void): void {}
}
