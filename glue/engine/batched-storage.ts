/**
 * A part of the host's storage that is held in memory and written in batches: whatever changed is written
 * once, when the turn has been over for a while. A write delays what is sent behind it, and is billed.
 *
 * What is written is what is in memory then, so it is enough to `put` a value once for all of its changes
 * until then. A crash loses at most what one batch held.
 */
import type { OwnStorage } from "./host.ts";

/** How long a change waits at most, in milliseconds. A timer keeps the object awake until then. */
export const WRITE_DELAY = 100;

export class BatchedStorage {
  readonly #storage: OwnStorage;
  readonly #prefix: string;
  readonly #report: (error: unknown, key: string) => void;
  readonly #delay: number;
  readonly #values = new Map<string, unknown>();
  /** Keys whose values are to be written, or deleted. */
  readonly #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Takes up what is there. `prefix`: what the keys begin with, in the host's storage. `report` gets what
   * cannot be written, which stays in memory. `delay`: 0 writes with every change.
   */
  constructor(
    storage: OwnStorage,
    prefix: string,
    report: (error: unknown, key: string) => void,
    delay = WRITE_DELAY,
  ) {
    this.#storage = storage;
    this.#prefix = prefix;
    this.#report = report;
    this.#delay = delay;
    for (const [key, value] of storage.list(prefix)) {
      this.#values.set(key.slice(prefix.length), value);
    }
    storage.onLoss(() => this.#rewrite());
  }

  /** The value in memory, be it written or not. */
  get(key: string): unknown {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  entries(): IterableIterator<[string, unknown]> {
    return this.#values.entries();
  }

  put(key: string, value: unknown): void {
    this.#values.set(key, value);
    this.#change(key);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#change(key);
  }

  /** Writes what changed, now. */
  flush(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const key of this.#changed) this.#write(key);
    this.#changed.clear();
  }

  /** Whether a change waits to be written. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  #change(key: string): void {
    this.#changed.add(key);
    if (this.#delay === 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#delay);
  }

  #write(key: string): void {
    try {
      if (this.#values.has(key)) this.#storage.put(this.#prefix + key, this.#values.get(key));
      else this.#storage.delete(this.#prefix + key);
    } catch (error) {
      this.#report(error, key);
    }
  }

  #rewrite(): void {
    for (const key of this.#values.keys()) this.#changed.add(key);
    this.flush();
  }
}
