/**
 * Others run while code that runs again pauses: the listeners of inputs. What is done to a property shows whose doing it
 * is, where the property is an accessor (property-guards.ts); that it was deleted, or what is inside of an object with
 * methods, does not. So both are looked at before an input's listeners run, and after.
 */
import { inMicrotask } from "../../common/microtasks.ts";

/** So many are looked at with each input: what is woken all at once costs no more than what is woken one by one. */
const MOST = 64;

/** What is to be looked at. */
export interface PausedReplay {
  /** Whether its client is gone, so that nothing is looked at any more. */
  readonly isOver: boolean;
  /** Others are about to run: what is found now they have not done in this turn. */
  beforeOthers(): void;
  /** They have run. */
  afterOthers(): void;
}

export class PausedReplays {
  readonly #beforeInputs: (run: (() => void) | undefined) => void;
  readonly #paused = new Set<PausedReplay>();
  readonly #look = (): void => {
    if (this.#paused.size > MOST) return;
    for (const one of this.#paused) {
      if (one.isOver) this.delete(one);
      else one.beforeOthers();
    }
    // In front of whatever the listeners make go on.
    inMicrotask(() => {
      for (const one of this.#paused) one.afterOthers();
    });
  };

  /** `beforeInputs`: has something run before each input from now on, or nothing any more. */
  constructor(beforeInputs: (run: (() => void) | undefined) => void) {
    this.#beforeInputs = beforeInputs;
  }

  add(paused: PausedReplay): void {
    if (this.#paused.size === 0) this.#beforeInputs(this.#look);
    this.#paused.add(paused);
  }

  delete(paused: PausedReplay): void {
    if (this.#paused.delete(paused) && this.#paused.size === 0) this.#beforeInputs(undefined);
  }
}
