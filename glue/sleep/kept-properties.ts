/**
 * What was kept of properties that middlewares had set, while these middlewares run again. What is there
 * whole stays, whatever they write: it is newer. What is there in part (a session without its methods)
 * seems to be missing, so that they make it again, and gets its data as soon as they do.
 */
import { copyOf } from "./copy.ts";
import { isMadeAnew, refill } from "./refill.ts";
import type { OwnProperties } from "./socket-properties.ts";

/** One of them. */
export interface KeptProperty {
  readonly target: OwnProperties;
  readonly key: string;
  /** A copy of what was kept. */
  readonly value: unknown;
  /** Whether that is only a part of what was there. */
  readonly isPartial: boolean;
}

/**
 * Until the function that it returns is called. `isDropping` tells whether the running code is one of the
 * middlewares; what others write is taken.
 */
export function guardProperties(
  properties: readonly KeptProperty[],
  isDropping: () => boolean,
): () => void {
  const releases = properties.map((property) => guard(property, isDropping));
  return () => {
    for (const release of releases) release();
  };
}

function guard(property: KeptProperty, isDropping: () => boolean): () => void {
  const { target, key, value: kept, isPartial } = property;
  let current = isPartial ? undefined : target[key];
  let isOthers = false;
  const set = (next: unknown): void => {
    if (!isDropping()) {
      current = next;
      isOthers = true;
    } else if (!isOthers && (isPartial || isMadeAnew(next))) {
      current = refill(next, copyOf(kept));
    }
  };
  define(target, key, { get: () => current, set });
  return () => {
    const isMissing = current === undefined && isPartial;
    if (!isOthers) current = isMissing ? kept : refill(current, copyOf(kept));
    define(target, key, { value: current, writable: true });
  };
}

function define(target: OwnProperties, key: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(target, key, { ...descriptor, enumerable: true, configurable: true });
}
