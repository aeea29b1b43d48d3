/**
 * What was kept of properties, while code runs again that had set them: middlewares and connection listeners.
 * What that code writes has happened already, and counts for nothing; what others write meanwhile does. What is
 * there in part (a session without its methods) seems to be missing, so that it is made again, and gets its
 * data as soon as it is.
 *
 * An object that others may have in their hands while that code goes on is another for each of them, until that is over
 * (paired-objects.ts); but for one with methods, of which there can be no copy.
 */
import { inMicrotask } from "../../common/microtasks.ts";
import { LOST } from "../values/cloneable.ts";
import { copyOf } from "../values/copy.ts";
import { dataPartOf, isData } from "../values/data-part.ts";
import { refill } from "../values/refill.ts";
import type { KeptProperty } from "./kept-properties.ts";
import type { PausedReplay, PausedReplays } from "./paused-replays.ts";

/** Whose code is running: such that runs again, the library's own that only looks, or anybody else's. */
export type Runner = "repeated" | "library" | "others";

/** Who has the values of the properties. */
export interface Holders {
  runner(): Runner;
  /** Whether others may hold the objects since before, and write to them while the code that runs again pauses. */
  areOthers(): boolean;
  /** Whether the client is gone. */
  isOver(): boolean;
  /** Has the guards look at what others do while it pauses. */
  readonly pausedReplays: PausedReplays;
  /** The code that has run again holds `ours`, and others `theirs`, of what was one object. */
  onPair(ours: unknown, theirs: unknown): void;
}

/** Until `release` is called: what code writes that runs again is undone, what others do is taken. */
export class PropertyGuards implements PausedReplay {
  readonly #guards: readonly PropertyGuard[];
  readonly #holders: Holders;
  #isWatching = false;

  constructor(properties: readonly KeptProperty[], holders: Holders) {
    this.#guards = properties.map((property) => new PropertyGuard(property, holders));
    this.#holders = holders;
  }

  /** Before the code runs. Makes accessors of the properties, which everything that is done with the object pays for. */
  watch(): void {
    this.#isWatching = true;
    for (const guard of this.#guards) guard.watch();
  }

  /** The code pauses for the first time. Without `watch` nobody else has had what there is. */
  pause(): void {
    if (!this.#isWatching) {
      this.watch();
      for (const guard of this.#guards) guard.setAside();
    }
    for (const guard of this.#guards) guard.pause();
    this.#holders.pausedReplays.add(this);
  }

  get isOver(): boolean {
    return this.#holders.isOver();
  }

  beforeOthers(): void {
    for (const guard of this.#guards) guard.beforeOthers();
  }

  afterOthers(): void {
    for (const guard of this.#guards) guard.afterOthers();
  }

  release(): void {
    this.#holders.pausedReplays.delete(this);
    for (const guard of this.#guards) guard.release();
  }
}

class PropertyGuard {
  readonly #property: KeptProperty;
  readonly #holders: Holders;
  /** What the code that runs again is to find: a copy. `LOST` where there is nothing to be undone. */
  #kept: unknown;
  /** What counts. */
  #current: unknown;
  /** What the code that runs again has, once that is another than others have. */
  #ours: { value: unknown } | undefined;
  /** Whether the code that runs again has had what counts, and may have changed what is inside. */
  #mayBeChanged = false;
  #isWatching = false;
  /** Whether the code has paused, so that others may have deleted the property. */
  #hasPaused = false;
  /** Whether others have it, who may change it until they pause. */
  #isOthers = false;
  /** Whether others may hold what counts. */
  #isHeld: boolean;
  /** Whether it is there for others; they may delete it. */
  #isThere: boolean;
  readonly #get = (): unknown => {
    const runner = this.#holders.runner();
    if (runner === "repeated") return this.#ofRepeated();
    if (this.#ours !== undefined) {
      this.#isHeld ||= runner === "others";
      return this.#current;
    }
    if (runner === "others") this.#handOver();
    else this.#undo();
    return this.#current;
  };

  constructor(property: KeptProperty, holders: Holders) {
    const { value } = property;
    this.#property = property;
    this.#holders = holders;
    this.#kept = value;
    this.#isHeld = holders.areOthers();
    this.#isThere = property.isThere;
  }

  watch(): void {
    const { isPartial } = this.#property;
    const found = this.#found;
    this.#isWatching = found === undefined || "value" in found;
    if (!this.#isWatching) return;
    this.#current = isPartial ? undefined : found?.value;
    this.#defineAccessor();
  }

  /** What the code has had so far is its own; others have what there was. */
  setAside(): void {
    this.#mayBeChanged = this.#isWatching && !isData(this.#current);
    if (!this.#isWatching || this.#mayBeChanged) return;
    this.#ours = { value: this.#current };
    this.#current = copyOf(this.#kept);
  }

  pause(): void {
    // Until now nobody else can have deleted it.
    if (this.#isWatching && !this.#hasPaused && this.#found === undefined) this.#defineAccessor();
    this.#hasPaused = true;
  }

  get #found(): PropertyDescriptor | undefined {
    const { target, key } = this.#property;
    return Object.getOwnPropertyDescriptor(target() ?? {}, key);
  }

  release(): void {
    this.#judgeDeletion();
    const { target, key } = this.#property;
    const object = target() ?? {};
    const found = this.#found;
    // Somebody has made another kind of property of it.
    if (found !== undefined && found.get !== (this.#isWatching ? this.#get : undefined)) return;
    if (!this.#isWatching) this.#current = this.#refilled(found?.value);
    else if (this.#ours !== undefined) this.#unite(this.#ours.value);
    else this.#undo();
    if (this.#isMissing) this.#current = this.#kept;
    if (this.#current === undefined && !this.#isThere) delete object[key];
    else if (!this.#isWatching) object[key] = this.#current;
    else this.#define({ value: this.#current, writable: true });
  }

  /** What the code that runs again has done to what is inside since it paused is undone; what others do is taken. */
  beforeOthers(): void {
    this.#judgeDeletion();
    const isShared = this.#isWatching && this.#ours === undefined && !isCopied(this.#current);
    if (isShared && this.#mayBeChanged) this.#handOver();
  }

  afterOthers(): void {
    if (this.#isGone) this.#noteDeletion();
  }

  get #isGone(): boolean {
    return this.#isWatching && this.#hasPaused && this.#found === undefined;
  }

  /** Was it deleted, and not by an input's listeners: where others may be at work, too, it counts as their doing. */
  #judgeDeletion(): void {
    if (!this.#isGone) return;
    if (this.#holders.areOthers()) {
      this.#noteDeletion();
      return;
    }
    this.#ours = { value: undefined };
    this.#defineAccessor();
  }

  /** Others have deleted it: what runs again does not bring it back. */
  #noteDeletion(): void {
    this.#kept = this.#current = this.#ours = undefined;
    this.#isThere = this.#mayBeChanged = this.#isOthers = false;
    this.#defineAccessor();
  }

  get #isMissing(): boolean {
    return this.#current === undefined && this.#property.isPartial;
  }

  #ofRepeated(): unknown {
    if (this.#ours === undefined && this.#holders.areOthers() && isCopied(this.#current))
      this.#ours = { value: copyOf(this.#current) };
    if (this.#ours !== undefined) return this.#ours.value;
    this.#handOut();
    return this.#current;
  }

  /** To the code that runs again. */
  #handOut(): void {
    this.#takeOver();
    this.#mayBeChanged = true;
  }

  /** To others: as if nothing had run again. */
  #handOver(): void {
    if (this.#isMissing || this.#isOthers) return;
    if (this.#mayBeChanged && isCopied(this.#current)) {
      this.#ours = { value: this.#current };
      this.#current = copyOf(this.#kept);
      this.#mayBeChanged = false;
      this.#isHeld = true;
      return;
    }
    this.#undo();
    this.#isOthers = true;
    inMicrotask(() => this.#takeOver());
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

  /** The code that has run again keeps what it has, with what others have made of theirs. */
  #unite(ours: unknown): void {
    const theirs = this.#current;
    this.#current = refill(ours, copyOf(theirs));
    this.#mayBeChanged = false;
    if (this.#isHeld) this.#holders.onPair(this.#current, theirs);
  }

  #set(next: unknown): void {
    if (this.#holders.runner() !== "repeated") {
      this.#current = next;
      this.#ours = undefined;
      this.#isOthers = true;
      inMicrotask(() => this.#takeOver());
      this.#defineAccessor();
      return;
    }
    if (!this.#property.isPartial && isData(next)) {
      // An object that it writes it reads again, as it did when the client came. Of a value, such as an id that is made
      // up, it reads the one that was kept: so does what it makes of it.
      if (isCopied(next) || !this.#isThere) this.#ours = { value: next };
      return;
    }
    this.#handOut();
    this.#ours = undefined;
    // Whoever has made it holds it: it stays, with the data of before.
    this.#current = this.#refilled(next);
  }

  #refilled(value: unknown): unknown {
    return this.#kept === LOST ? value : refill(value, copyOf(this.#kept));
  }

  #defineAccessor(): void {
    this.#define({ get: this.#get, set: (next) => this.#set(next) });
  }

  #define(descriptor: PropertyDescriptor): void {
    const { target, key } = this.#property;
    const enumerable = this.#isThere || this.#current !== undefined;
    const complete = { ...descriptor, enumerable, configurable: true };
    // The request may have been deleted.
    Object.defineProperty(target() ?? {}, key, complete);
  }
}

/** Whether a copy is as good as the value. */
function isCopied(value: unknown): boolean {
  return typeof value === "object" && value !== null && isData(value);
}
