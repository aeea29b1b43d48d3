/**
 * What was kept of properties, while code runs again that had set them: middlewares and connection listeners.
 * What that code writes has happened already, and counts for nothing; what others write meanwhile does. What is
 * there in part (a session without its methods) seems to be missing, so that it is made again, and gets its
 * data as soon as it is.
 */
import { copyOf } from "./copy.ts";
import { dataPartOf } from "./data-part.ts";
import { refill } from "./refill.ts";
import { LOST, type OwnProperties } from "./socket-properties.ts";

/** One of them. */
export interface KeptProperty {
  /** What it hangs on, at the moment. */
  readonly target: () => OwnProperties | undefined;
  readonly key: string;
  /** A copy of what was kept. */
  readonly value: unknown;
  /** Whether that is only a part of what was there. */
  readonly isPartial: boolean;
}

/** Whose code is running: such that runs again, the library's own that only looks, or anybody else's. */
export type Runner = "repeated" | "library" | "others";

/** Until the function that it returns is called: what code writes that runs again is undone, what others do is taken. */
export function guardProperties(
  properties: readonly KeptProperty[],
  runner: () => Runner,
): () => void {
  const guards = properties.map((property) => new Guard(property, runner));
  return () => {
    for (const guard of guards) guard.release();
  };
}

class Guard {
  readonly #property: KeptProperty;
  readonly #runner: () => Runner;
  /** What the code that runs again is to find: a copy. `LOST` where there is nothing to be undone. */
  #kept: unknown;
  #current: unknown;
  /** Whether the code that runs again has had it, and may have changed what is inside. */
  #mayBeChanged = false;
  /** Whether others have it, who may change it until they pause. */
  #isOthers = false;
  readonly #get = (): unknown => {
    const runner = this.#runner();
    if (runner === "repeated") this.#handOut();
    else if (runner === "others") this.#handOver();
    else this.#undo();
    return this.#current;
  };

  constructor(property: KeptProperty, runner: () => Runner) {
    const { target, key, value, isPartial } = property;
    this.#property = property;
    this.#runner = runner;
    this.#kept = value;
    this.#current = isPartial ? undefined : target()?.[key];
    this.#define({ get: this.#get, set: (next) => this.#set(next) });
  }

  release(): void {
    const { target, key } = this.#property;
    const found = Object.getOwnPropertyDescriptor(target() ?? {}, key);
    // Somebody has made another kind of property of it.
    if (found !== undefined && found.get !== this.#get) return;
    this.#undo();
    if (this.#isMissing) this.#current = this.#kept;
    this.#define({ value: this.#current, writable: true });
  }

  get #isMissing(): boolean {
    return this.#current === undefined && this.#property.isPartial;
  }

  /** To the code that runs again. */
  #handOut(): void {
    this.#takeOver();
    this.#mayBeChanged = true;
  }

  /** To others: as if nothing had run again. */
  #handOver(): void {
    if (this.#isMissing || this.#isOthers) return;
    this.#undo();
    this.#isOthers = true;
    queueMicrotask(() => this.#takeOver());
  }

  /** What others have made of it is what counts. */
  #takeOver(): void {
    if (!this.#isOthers) return;
    this.#isOthers = false;
    this.#kept = copyOf(dataPartOf(this.#current));
  }

  #undo(): void {
    if (this.#mayBeChanged && !this.#isOthers && !this.#isMissing)
      this.#current = this.#refilled(this.#current);
  }

  #set(next: unknown): void {
    if (this.#runner() !== "repeated") {
      this.#current = next;
      this.#isOthers = true;
      queueMicrotask(() => this.#takeOver());
      return;
    }
    this.#handOut();
    // Whoever has made it holds it: it stays, with the data of before.
    if (this.#property.isPartial || typeof next === "function" || isObject(next))
      this.#current = this.#refilled(next);
  }

  #refilled(value: unknown): unknown {
    return this.#kept === LOST ? value : refill(value, copyOf(this.#kept));
  }

  #define(descriptor: PropertyDescriptor): void {
    const { target, key } = this.#property;
    const complete = { ...descriptor, enumerable: true, configurable: true };
    // The request may have been deleted.
    Object.defineProperty(target() ?? {}, key, complete);
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
