/** Finds out what is asked for, though questions may lead to each other in circles, and keeps the answers. */
import type * as ESTree from "estree";
import type { Value } from "../code/value.ts";

/** Expressions that lead to each other in circles, or very far, stand for nothing. */
const DEEPEST = 80;
/** Only what machines have written takes more; the rest of it is not looked at, which is told. */
const MOST_STEPS = 500_000;

export class Answers {
  /** What is being asked for at the moment. */
  readonly #open = new Set<unknown>();
  /** Those about expressions, as long as nothing new is learnt. */
  readonly #known = new Map<ESTree.Node, Value[]>();
  #givenUp = 0;
  #steps = 0;

  /** Whether there was more than is looked at. */
  get isExhausted(): boolean {
    return this.#steps > MOST_STEPS;
  }

  /** Something new was learnt, or all of it is to be looked at again. */
  forget(): void {
    this.#known.clear();
  }

  /** What an expression may stand for. */
  about(expression: ESTree.Node, find: () => Value[]): Value[] {
    const known = this.#known.get(expression);
    if (known) return known;
    if (this.#open.size > DEEPEST || this.#open.has(expression) || this.isExhausted) {
      return this.giveUp();
    }
    this.#steps += 1;
    const before = this.#givenUp;
    const values = this.once(expression, find);
    // What was cut short inside of a circle may be more when it is asked for from elsewhere.
    const isWhole = this.#givenUp === before || this.#open.size === 0;
    if (isWhole) this.#known.set(expression, values);
    return values;
  }

  /** What is found about anything else: nothing while it is being asked for. */
  once(thing: unknown, find: () => Value[]): Value[] {
    if (this.#open.has(thing)) return this.giveUp();
    this.#open.add(thing);
    try {
      return find();
    } finally {
      this.#open.delete(thing);
    }
  }

  /** The answer to a question that leads back to itself. */
  giveUp(): Value[] {
    this.#givenUp += 1;
    return [];
  }
}
