/**
 * Listeners that a connection listener, or a middleware, registers, and that were taken off since: `off()`, a
 * `once()` that has fired. A replay registers them again, and they are taken off again when it is done.
 *
 * A listener is known again by the event it was registered for, by its text, and by its place among those of the
 * same event and text. What code registers depends on data: where there is another number of these than there was,
 * it cannot be told which are meant, and all stay.
 */
import { checksum } from "../../engine/commands/identifiers.ts";
import { memorySize } from "../values/memory-size.ts";
import type { Place } from "./listener-places.ts";

/**
 * Listeners of one place and one text: the text's checksum, how many were registered, and which of these were removed, by
 * their order in the list of listeners.
 */
export type RemovedGroup = [place: string | boolean, text: string, count: number, ...number[]];

/** How much of a socket's is kept, in bytes of memory. */
export const MOST_REMOVED = 4096;

/** The listeners of a socket. */
export interface Lists {
  /** In their order; undefined for one that what runs again has not registered. */
  _listenersAt(place: Place): readonly unknown[];
  /** Removes the listener at this index. Nobody is told. */
  _removeFrom(place: Place, index: number): void;
}

/** So many elements of a group stand in front of its indexes. */
const HEAD = 3;

export class RemovedListeners {
  readonly groups: RemovedGroup[];
  #isTooLarge = false;

  constructor(groups: readonly RemovedGroup[] = []) {
    this.groups = groups.map((group) => [...group]);
  }

  /** How many were removed. */
  get count(): number {
    return this.groups.reduce((sum, group) => sum + group.length - HEAD, 0);
  }

  /** To be kept; undefined if there is nothing. */
  get kept(): RemovedGroup[] | undefined {
    return this.groups.length === 0 || this.#isTooLarge ? undefined : this.groups;
  }

  /**
   * A listener is removed. `before`: those of its place until now, as `Lists._listenersAt` gives them; `index`: its own.
   * Returns whether that can be kept.
   */
  note(place: Place, before: readonly unknown[], index: number): boolean {
    if (typeof place !== "string" && typeof place !== "boolean") return false;
    const text = sumOf(before[index]);
    const same = placesOf(text, before);
    let group = this.#find(place, text);
    if (group === undefined) {
      group = [place, text, same.length];
      this.groups.push(group);
    }
    const taken = group.slice(HEAD);
    let original = -1;
    for (let left = same.indexOf(index); left >= 0; ) {
      original += 1;
      if (!taken.includes(original)) left -= 1;
    }
    group.push(original);
    this.#isTooLarge ||= memorySize(this.groups) > MOST_REMOVED;
    return !this.#isTooLarge;
  }

  /** One more is registered by what runs again. Returns whether that matters. */
  noteAdded(place: Place, listener: unknown): boolean {
    const group = this.#find(place, sumOf(listener));
    if (group === undefined) return false;
    group[2] += 1;
    return true;
  }

  /**
   * What runs again has run: takes off what had been. Returns the places where some may have come back, for it
   * cannot be told which; undefined if nothing has changed.
   */
  removeAgain(lists: Lists): Place[] | undefined {
    const unsure: Place[] = [];
    let hasChanged = false;
    for (const group of [...this.groups]) {
      const [place, text, count, ...removed] = group;
      const same = placesOf(text, lists._listenersAt(place));
      if (same.length === count) {
        for (const at of removed.sort((a, b) => b - a)) {
          lists._removeFrom(place, same[at] as number);
        }
        continue;
      }
      // There may be none, or only those that were there: data says otherwise by now, or it has removed them itself.
      if (same.length > count - removed.length) unsure.push(place);
      this.groups.splice(this.groups.indexOf(group), 1);
      hasChanged = true;
    }
    return hasChanged ? unsure : undefined;
  }

  #find(place: Place, text: string): RemovedGroup | undefined {
    return this.groups.find((group) => group[0] === place && group[1] === text);
  }
}

/** The indexes of the listeners with this text. */
function placesOf(text: string, listeners: readonly unknown[]): number[] {
  const places = [...listeners.keys()];
  return places.filter((at) => listeners[at] !== undefined && sumOf(listeners[at]) === text);
}

/** The checksum of a listener's text; another one for a listener that hears once. */
function sumOf(listener: unknown): string {
  const { listener: original } = listener as { listener?: unknown };
  return checksum(original === undefined ? `${listener}` : `once ${original}`);
}
