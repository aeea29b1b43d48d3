/**
 * Pairs: of one value of the application's, the object that others hold since before a replay, and the one that its
 * listeners hold. Neither can be given up for the other, so each gets what is done to the other: with the events of
 * sockets, and with the end of each turn.
 */

import type { Comparer } from "../values/comparer.ts";
import { isPlain } from "../values/containers.ts";
import { copyOf, putBack } from "../values/copy.ts";

/** An object as long as anybody holds it, where the platform tells. */
export interface Weakly {
  deref(): object | undefined;
}

interface Pair {
  readonly ours: object;
  readonly theirs: Weakly;
  /** What both were when they were the same. */
  image: unknown;
}

export class PairedObjects {
  readonly #comparer: Comparer;
  readonly #all = new Set<Pair>();

  constructor(comparer: Comparer) {
    this.#comparer = comparer;
  }

  /** From now on these have the same in them: what is in `ours` now. */
  add(ours: unknown, theirs: unknown): void {
    if (ours === theirs || !isObject(ours) || !isObject(theirs)) return;
    putBack(theirs, copyOf(ours));
    const image = this.#comparer.compare(ours, undefined);
    this.#all.add({ ours, theirs: weakly(theirs), image });
  }

  get count(): number {
    return this.#all.size;
  }

  /** What was done to one of two is done to the other. */
  unite(): void {
    for (const pair of this.#all) this.#unite(pair);
  }

  #unite(pair: Pair): void {
    const theirs = pair.theirs.deref();
    if (theirs === undefined) this.#all.delete(pair);
    else {
      const { ours, image } = pair;
      if (!this.#comparer.isSame(theirs, image)) this.#take(ours, theirs, image);
      else if (this.#comparer.isSame(ours, image)) return;
      putBack(theirs, copyOf(ours));
      pair.image = this.#comparer.compare(ours, image);
    }
  }

  /** Where both were changed, each keeps the fields that the other has left as they were. */
  #take(ours: object, theirs: object, image: unknown): void {
    if (!isPlain(ours) || !isPlain(theirs) || !isPlain(image)) {
      putBack(ours, copyOf(theirs));
      return;
    }
    const merged: Record<string, unknown> = { ...ours };
    for (const key of new Set([...Object.keys(theirs), ...Object.keys(image)])) {
      if (!Object.hasOwn(theirs, key)) delete merged[key];
      else if (!this.#comparer.isSame(theirs[key], image[key])) merged[key] = theirs[key];
    }
    putBack(ours, copyOf(merged));
  }
}

export function weakly(object: object): Weakly {
  return typeof WeakRef === "undefined" ? { deref: () => object } : new WeakRef(object);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
