/**
 * Looks that cost as much as all else of an event, and hardly ever find anything: for what only keeps the object
 * awake, and a sleep needs ten quiet seconds to lose. As long as events are few each has its look at once. Of many the
 * looks are put off for a moment, and a socket that has a thousand events in it is looked at once.
 */
import type { KeptState } from "./kept-state.ts";

/** So many looks are taken at once, and so many more with every second. */
const FEW = 100;
/** How long those beyond are put off, in milliseconds. The timer keeps the object awake that long. */
const PAUSE = 100;

export class RareLooks {
  readonly #now: () => number;
  readonly #look: (state: KeptState) => void;
  readonly #putOff: KeptState[] = [];
  /** How many may be taken at once, as of the last one. */
  #allowance = FEW;
  #lookedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `now`: when the turn began, in milliseconds. */
  constructor(now: () => number, look: (state: KeptState) => void) {
    this.#now = now;
    this.#look = look;
  }

  /** Whether its timer keeps the object awake. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** The socket of this state has had an event. */
  add(state: KeptState): void {
    if (!state._isPutOff) this.#lookOrPutOff(state);
  }

  /** Nothing that was put off is looked at any more. */
  clear(): void {
    for (const state of this.#putOff.splice(0)) state._isPutOff = false;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookOrPutOff(state: KeptState): void {
    if (this.#timer === undefined) {
      if (this.#isAllowed()) {
        this.#look(state);
        return;
      }
      this.#timer = setTimeout(() => this.#lookAtAll(), PAUSE);
    }
    state._isPutOff = true;
    this.#putOff.push(state);
  }

  #isAllowed(): boolean {
    const now = this.#now();
    // A clock that was set back counts as one that went on.
    const earned = (Math.abs(now - this.#lookedAt) * FEW) / 1000;
    this.#allowance = Math.min(FEW, this.#allowance + earned);
    this.#lookedAt = now;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }

  #lookAtAll(): void {
    const states = this.#putOff.slice();
    this.clear();
    for (const state of states) this.#look(state);
  }
}
