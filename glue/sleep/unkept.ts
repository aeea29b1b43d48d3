/**
 * What applications hold that a sleep would lose: properties and parts of `data` that are more than data.
 * What middlewares and connection listeners had made is made again by them, and nothing is lost unless it
 * has changed since, or another stands in its place.
 */
import { dataPartOf, isData } from "./data-part.ts";
import { isHidden, nameOfHidden } from "./hidden.ts";
import { Looker } from "./image.ts";
import { areAllKnown } from "./socket-properties.ts";

/** Something unkept that is made again. */
interface Remade {
  readonly value: unknown;
  /** The image of its data as it was then. */
  readonly image: unknown;
  hasChanged: boolean;
  /** Who makes it again: it is lost once all of them are gone. */
  readonly makers: Set<object>;
}

export class Unkept {
  /** Made when it is first needed: most sockets hold nothing but data. */
  #looker: Looker | undefined;
  #remade: Map<string, Remade> | undefined;

  /**
   * What there is now, by name, `maker` will make again, but for what was there `before`, or what another has made
   * meanwhile: that is made again only if another does.
   */
  noteRemade(
    values: ReadonlyMap<string, unknown>,
    before: ReadonlyMap<string, unknown> | undefined,
    maker: object,
  ): void {
    const earlier = this.#remade;
    this.#remade = undefined;
    for (const [name, value] of values) {
      const known = earlier?.get(name);
      const isOthers = before?.get(name) === value || known?.value === value;
      const remade = isOthers ? known : this.#madeBy(maker, value, known);
      if (remade === undefined) continue;
      this.#remade ??= new Map();
      this.#remade.set(name, remade);
    }
  }

  #madeBy(maker: object, value: unknown, known: Remade | undefined): Remade {
    const image = this.#lookerNow().look(dataOf(value), undefined);
    const makers = known?.makers ?? new Set();
    return { value, image, hasChanged: false, makers: makers.add(maker) };
  }

  /** It is gone, and makes nothing again. */
  forgetMaker(maker: object): void {
    for (const [name, { makers }] of this.#remade ?? []) {
      makers.delete(maker);
      if (makers.size === 0) this.#remade?.delete(name);
    }
  }

  /**
   * The names of what a sleep would lose. `isRefilled`: whether that which is made again gets the data that
   * were kept, so that it may change. What is hidden gets none.
   */
  lost(
    values: ReadonlyMap<string, unknown>,
    isRefilled: (name: string) => boolean = () => true,
  ): string[] {
    const names = new Set<string>();
    for (const [name, value] of values) {
      const remade = this.#remade?.get(name);
      if (remade !== undefined && !isHidden(name) && isRefilled(name)) continue;
      if (remade === undefined || remade.value !== value || this.#hasChanged(remade)) {
        names.add(nameOfHidden(name));
      }
    }
    return [...names];
  }

  /** A look uses the image up: what has changed once has changed for good. */
  #hasChanged(remade: Remade): boolean {
    if (remade.hasChanged) return true;
    const looker = this.#lookerNow();
    looker.look(dataOf(remade.value), remade.image);
    remade.hasChanged = looker.hasChanged;
    return remade.hasChanged;
  }

  #lookerNow(): Looker {
    this.#looker ??= new Looker();
    return this.#looker;
  }
}

/** The part of a value that is data. Values without any give the same each time. */
function dataOf(value: unknown): unknown {
  return typeof value === "function" ? undefined : dataPartOf(value);
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
