/**
 * Objects that are in several values of `io.data`, or of namespaces. Each value has a row of its own, and a clone of it has
 * nothing in common with others. So a row says which of its objects are in other rows as well, by names that these have
 * for them, too, and whose rows these are: who is read has the others read along, and all have one object again.
 */
import type { BatchedStorage } from "../../engine/host/batched-storage.ts";
import { clonedContainerOf } from "../values/containers.ts";
import { allObjectsIn, canChange } from "../values/shared-objects.ts";

/** What a row says of objects that are in others as well. */
export interface Marks {
  /** Their names. Rows of before may know them that have them no more. */
  readonly shared: ReadonlyMap<object, number>;
  /** Keys of the others. */
  readonly others: ReadonlySet<string>;
}

/** A value that may have been changed since it was written. */
export interface Held {
  /** What it was at the last look. */
  image: unknown;
  /** All objects that it was made of, in the order of the look. */
  objects: object[];
  /** Which of these are the same, and which its row names. */
  form: readonly number[];
  /** Whether they are others than `form` was made of. */
  hasOthers: boolean;
  isCloneable: boolean;
  /** What its row is to say when it is written next. */
  shared: Marks | undefined;
  /** What its row says. */
  marks: Marks | undefined;
}

export class SharedValues {
  readonly #names = new WeakMap<object, number>();
  /** What the rows said of values that nobody has had since they were read. */
  readonly unread = new WeakMap<object, Marks>();

  /**
   * Has a value, and all with which it has objects in common, have the same ones again. Returns their keys, with what
   * their rows say. Whose row says nothing has been given another value since.
   */
  join(first: string, batch: BatchedStorage): Map<string, Marks | undefined> {
    const keys = new Set([first]);
    const known = new Map<number, object>();
    const joined = new Map<string, Marks | undefined>();
    // What is added meanwhile comes as well.
    for (const key of keys) {
      const value = batch.get(key) as object;
      const marks = this.unread.get(value);
      for (const other of marks?.others ?? []) keys.add(other);
      joined.set(key, marks && this.#joinOne(key, batch, marks, known));
    }
    return joined;
  }

  #joinOne(key: string, batch: BatchedStorage, marks: Marks, known: Map<number, object>): Marks {
    const value = batch.get(key) as object;
    this.unread.delete(value);
    const same = new Map<unknown, object>();
    const shared = new Map<object, number>();
    for (const [object, name] of marks.shared) {
      const one = known.get(name) ?? object;
      known.set(name, one);
      this.#names.set(one, name);
      shared.set(one, name);
      if (one !== object) same.set(object, one);
    }
    batch.hold(key, replaceIn(value, same));
    return { shared, others: marks.others };
  }

  /** What values have in common that can change, as their rows are to say it. */
  find(all: ReadonlyMap<string, Held>): Map<string, Marks> {
    const found = new Map<string, { shared: Map<object, number>; others: Set<string> }>();
    if (all.size < 2) return found;
    const note = (key: string, object: object, other: string): void => {
      const marks = found.get(key) ?? { shared: new Map(), others: new Set() };
      found.set(key, marks);
      // No whole number, of which forms have others.
      const name = this.#names.get(object) ?? Math.random();
      this.#names.set(object, name);
      marks.shared.set(object, name);
      marks.others.add(other);
    };
    const last = new Map<object, string>();
    for (const [key, { objects }] of all) {
      for (const object of objects) {
        const other = last.get(object);
        if (other === key) continue;
        last.set(object, key);
        // What is no container and cannot change, as an error, does no harm.
        if (other === undefined || (Object.isFrozen(object) && !canChange(object))) continue;
        note(key, object, other);
        note(other, object, key);
      }
    }
    return found;
  }
}

/** Whether a row says all that there is to say. Objects that it names besides do no harm. */
export function isSaid({ shared, others }: Marks, marks: Marks | undefined): boolean {
  if (marks === undefined) return false;
  const areSaid = [...shared.keys()].every((object) => marks.shared.has(object));
  return areSaid && [...others].every((other) => marks.others.has(other));
}

/** Which of its objects are the same, and which its row names: their places, each with the first one's or the name. */
export function formOf({ objects, marks }: Held): number[] {
  const first = new Map<object, number>();
  const form: number[] = [];
  for (const [place, object] of objects.entries()) {
    const before = first.get(object) ?? marks?.shared.get(object);
    if (before !== undefined) form.push(place, before);
    if (!first.has(object)) first.set(object, place);
  }
  return form;
}

/** Puts objects in the places of others. */
function replaceIn(value: object, same: ReadonlyMap<unknown, object>): object {
  const root = same.get(value) ?? value;
  if (same.size === 0 || root !== value) return root;
  for (const object of allObjectsIn(value, clonedContainerOf)) {
    const container = clonedContainerOf(object);
    const parts = container?.parts(object) ?? [];
    if (!parts.some((part) => same.has(part))) continue;
    container?.fill(
      object,
      parts.map((part) => same.get(part) ?? part),
    );
  }
  return value;
}
