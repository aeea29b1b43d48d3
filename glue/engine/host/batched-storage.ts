/**
 * A part of the host's storage that is held in memory and written in batches: whatever changed is written
 * once, when the turn has been over for a while. A write delays what is sent behind it, and is billed.
 *
 * What is written is what is in memory then, so it is enough to `put` a value once for all of its changes
 * until then. A crash loses at most what one batch held. What nobody asks for is not read.
 */
import type { OwnStorage } from "./host.ts";

/** How long a change waits at most, in milliseconds. A timer keeps the object awake until then. */
export const WRITE_DELAY = 100;

/** How long the object is kept awake after a timer has written, in milliseconds, so that the write is committed. */
export const COMMIT_TIME = 10;

/** So many keys that have no value are remembered, so that they are not read again. */
const MAX_ABSENT = 1_000;

export class BatchedStorage {
  /** Called before what changed is written, and may put more. */
  beforeFlush: () => void = () => {};
  /** Called after it was written. */
  afterFlush: () => void = () => {};
  /** Told of a write that a storage which answers late could not make after all. Default: `report`. */
  onLateFailure: (error: unknown, key: string) => void;
  readonly #storage: OwnStorage;
  readonly #prefix: string;
  readonly #report: (error: unknown, key: string) => void;
  readonly #delay: number;
  /** What is in memory. Undefined: deleted, and not written yet. */
  readonly #values = new Map<string, unknown>();
  readonly #absent = new Set<string>();
  /** Prefixes of which all keys are in memory. */
  readonly #complete = new Set<string>();
  /** Keys whose values are to be written, or deleted. */
  readonly #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isFlushing = false;
  #isSealed = false;

  /**
   * `prefix`: what the keys begin with, in the host's storage. `report` gets what cannot be written, which
   * stays in memory. `delay`: 0 writes with every change.
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
    this.onLateFailure = report;
    storage.onFailure?.((key, error) => {
      const isOurs = key.startsWith(prefix);
      if (isOurs) this.onLateFailure(error, key.slice(prefix.length));
      return isOurs;
    });
    storage.onLoss(
      () => this.#rewrite(),
      () => this.#load(""),
    );
  }

  /** The value in memory, be it written or not. The same object every time. */
  get(key: string): unknown {
    if (this.#values.has(key) || this.#absent.has(key)) return this.#values.get(key);
    const value = this.#storage.get(this.#prefix + key);
    if (value !== undefined) {
      this.#values.set(key, value);
      return value;
    }
    if (this.#absent.size >= MAX_ABSENT) this.#absent.clear();
    this.#absent.add(key);
    return undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** All whose keys begin with this. */
  entries(prefix = ""): [key: string, value: unknown][] {
    this.#load(prefix);
    return [...this.#values].filter(
      ([key, value]) => value !== undefined && key.startsWith(prefix),
    );
  }

  put(key: string, value: unknown): void {
    this.hold(key, value);
    this.#changed.add(key);
    if (this.#delay === 0) this.flush();
    else this.flushSoon();
  }

  delete(key: string): void {
    if (this.has(key)) this.put(key, undefined);
  }

  /** Another value in memory, which is written once it is put. Undefined stands for none. */
  hold(key: string, value: unknown): void {
    this.#values.set(key, value);
    this.#absent.delete(key);
  }

  /** Forgets that there is none. */
  dropAbsent(key: string): void {
    if (!this.#changed.has(key) && this.#values.get(key) === undefined) this.#values.delete(key);
  }

  /** Takes a value out of memory, and leaves it in the storage as it was written last. */
  drop(key: string): void {
    this.#values.delete(key);
    this.#changed.delete(key);
  }

  /** Writes what changed, after this many milliseconds at most. */
  flushSoon(delay = this.#delay): void {
    if (this.#isSealed) return;
    this.#timer ??= setTimeout(() => {
      this.flush();
      // What is written here is committed a little later, and lost with an object that is evicted before.
      setTimeout(() => {}, COMMIT_TIME);
    }, delay);
  }

  /** Writes what changed, now. */
  flush(): void {
    if (this.#isFlushing || this.#isSealed) return;
    this.#isFlushing = true;
    this.beforeFlush();
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const key of this.#changed) this.#write(key);
    this.#changed.clear();
    this.#isFlushing = false;
    this.afterFlush();
  }

  /** Writes what changed before anything leaves that is sent from now on. */
  flushFirst(): void {
    const flush = (): void => this.flush();
    if (this.#storage.beforeSending === undefined) flush();
    else this.#storage.beforeSending(flush);
  }

  /** Writes nothing from now on: another has taken its place. */
  seal(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isSealed = true;
  }

  /** Whether a change waits to be written. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  #load(prefix: string): void {
    if (this.#complete.has("") || this.#complete.has(prefix)) return;
    const start = this.#prefix.length;
    for (const [key, value] of this.#storage.list(this.#prefix + prefix)) {
      const own = key.slice(start);
      if (!this.#values.has(own)) this.#values.set(own, value);
    }
    this.#absent.clear();
    this.#complete.add(prefix);
  }

  #write(key: string): void {
    const value = this.#values.get(key);
    try {
      if (value !== undefined) this.#storage.put(this.#prefix + key, value);
      else {
        this.#values.delete(key);
        this.#storage.delete(this.#prefix + key);
      }
    } catch (error) {
      this.#report(error, key);
    }
  }

  #rewrite(): void {
    for (const key of this.#values.keys()) this.#changed.add(key);
    if (this.#changed.size > 0) this.flush();
  }
}
