/**
 * What applications hold that a sleep would lose: properties and parts of `data` that are more than data.
 * What middlewares and connection listeners had made is made again by them, and nothing is lost unless it
 * has changed since, or another stands in its place.
 */

import { isData } from "../values/data-part.ts";
import { type FlatImage, flatImageOf, isSameFlatImage } from "../values/flat-image.ts";
import { isHidden, nameOfHidden } from "../values/hidden-properties.ts";
import { areAllKnown } from "../values/properties.ts";
import { notRefilled } from "../values/refill.ts";

/** What there was by name, when somebody began who makes such things; undefined if there was nothing. */
export type Before = ReadonlyMap<string, unknown> | undefined;

/** Who makes things while others do, too. */
export interface AtWork {
  readonly maker: object;
  readonly before: Before;
}

/** What becomes of what is unkept, and made again. */
export interface Keeping {
  /** Whether what is made again under this name gets the data that were kept. What is hidden gets none. */
  isRefilled(name: string): boolean;
  /** The parts of what is refilled that get none. */
  notRefilled(name: string, value: unknown): readonly unknown[];
  /** The objects whose changes are kept, be they in something unkept or not. */
  keptObjects(): ReadonlySet<unknown>;
}

const NOTHING: ReadonlySet<unknown> = new Set();

/** Around a client's sockets. */
const AROUND: Keeping = {
  isRefilled: () => true,
  notRefilled: (_name, value) => notRefilled(value),
  keptObjects: () => NOTHING,
};

/** Listeners of events, which make nothing again. */
export const BY_EVENTS: AtWork = { maker: {}, before: undefined };

/** Something unkept of which it is known who has made it. */
interface Made {
  readonly value: unknown;
  /** What of it would be as it was then, and not as it was at last. */
  readonly image: FlatImage;
  hasChanged: boolean;
  /** Who makes it again: one of them is enough. */
  readonly makers: Set<object>;
  /** Of these one does, and nobody knows which: all of them are needed. */
  candidates: ReadonlySet<object> | undefined;
}

export class Unkept {
  readonly #keeping: Keeping;
  #made: Map<string, Made> | undefined;

  constructor(keeping: Keeping = AROUND) {
    this.#keeping = keeping;
  }

  /**
   * `maker` is done, or has been called and pauses. What is there now, by name, it will make again, but for what was
   * there `before`, or is known to be another's. Of what it may have made as well as the `others` who are still at work
   * all of them count as makers, until one is gone.
   */
  noteMade(
    values: ReadonlyMap<string, unknown>,
    { maker, before }: AtWork,
    others: readonly AtWork[],
  ): void {
    const earlier = this.#made;
    this.#made = undefined;
    for (const [name, value] of values) {
      const known = earlier?.get(name);
      const isOthers = before?.get(name) === value || known?.value === value;
      const candidates = others.filter((other) => other.before?.get(name) !== value);
      const makers = candidates.map((other) => other.maker);
      const made = isOthers ? known : this.#madeBy([maker, ...makers], name, value, known);
      if (made === undefined) continue;
      forget(made, BY_EVENTS.maker);
      this.#made ??= new Map();
      this.#made.set(name, made);
    }
  }

  /** By one of these. Who has made an earlier one of the name makes that again. */
  #madeBy(
    candidates: readonly object[],
    name: string,
    value: unknown,
    known: Made | undefined,
  ): Made {
    const image = this.#imageOf(name, value);
    const made: Made = {
      value,
      image,
      hasChanged: false,
      makers: known?.makers ?? new Set(),
      candidates: known?.candidates,
    };
    if (candidates.length > 1) made.candidates = new Set(candidates);
    else for (const maker of candidates) made.makers.add(maker);
    return made;
  }

  /** It is gone, and makes nothing again. What nobody makes is known as such: nobody else has made it. */
  forgetMaker(maker: object): void {
    for (const made of this.#made?.values() ?? []) forget(made, maker);
  }

  /** The names of what a sleep would lose. */
  lost(values: ReadonlyMap<string, unknown>): string[] {
    const names = new Set<string>();
    for (const [name, value] of values) {
      const made = this.#made?.get(name);
      const isRemade =
        made !== undefined && (made.makers.size > 0 || made.candidates !== undefined);
      if (!isRemade || this.#isAnother(made, name, value)) names.add(nameOfHidden(name));
    }
    return [...names];
  }

  /** What is another once is so for good. */
  #isAnother(made: Made, name: string, value: unknown): boolean {
    made.hasChanged ||=
      (made.value !== value && !this.#isRefilled(name)) ||
      !isSameFlatImage(this.#imageOf(name, value), made.image);
    return made.hasChanged;
  }

  #isRefilled(name: string): boolean {
    return !isHidden(name) && this.#keeping.isRefilled(name);
  }

  #imageOf(name: string, value: unknown): FlatImage {
    const parts = this.#isRefilled(name) ? this.#keeping.notRefilled(name, value) : [value];
    return parts.length === 0 ? parts : flatImageOf(parts, this.#keeping.keptObjects());
  }
}

function forget(made: Made, maker: object): void {
  made.makers.delete(maker);
  if (made.candidates?.has(maker)) made.candidates = undefined;
}

/** The properties of an object, beside those that are known, that hold more than data. */
export function unkeptIn(
  object: object | null | undefined,
  known: ReadonlySet<string>,
  prefix: string,
  into: Map<string, unknown>,
): void {
  if (!object) return;
  const keys = Object.keys(object);
  if (areAllKnown(keys, known)) return;
  for (const key of keys) {
    if (known.has(key)) continue;
    const value = (object as Record<string, unknown>)[key];
    if (!isData(value)) into.set(prefix + key, value);
  }
}
