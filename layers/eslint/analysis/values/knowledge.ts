/** What a walk through the code learns: what calls give to parameters, what is put into collections. */
import { union, type Value } from "../code/value.ts";
import type { Answers } from "./answers.ts";

/** More different values happen to nothing that a person has written. */
const MOST_VALUES = 50;

export class Knowledge {
  readonly #answers: Answers;
  /** Grows with everything learnt. */
  size = 0;
  /** Whether there was more than is kept: what is not may be anything. */
  hasDropped = false;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** Something may have these values, too. */
  learn<K>(map: Map<K, Value[]>, key: K, values: readonly Value[]): void {
    const known = map.get(key) ?? [];
    const all = union(known, values);
    if (all.length === known.length) return;
    if (known.length >= MOST_VALUES) {
      this.hasDropped = true;
      return;
    }
    map.set(key, all);
    this.size += 1;
    this.#answers.forget();
  }
}
