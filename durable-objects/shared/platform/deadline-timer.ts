/** A deadline that is kept by a timer, for hosts that are awake anyway. */
import { MAX_DELAY, Timer } from "../../../glue/common/timers.ts";
import { now } from "./host-basics.ts";

export class DeadlineTimer {
  readonly #onDeadline: () => void;
  readonly #timer = new Timer();

  /** `onDeadline` calls `schedule` again if it was called a little early, as timers may. */
  constructor(onDeadline: () => void) {
    this.#onDeadline = onDeadline;
  }

  /** Asks for a call at this time (ms since the epoch), or for none any more (`null`). */
  schedule(deadline: number | null): void {
    this.#timer.stop();
    if (deadline === null) return;
    const delay = Math.min(Math.max(0, deadline - now()), MAX_DELAY);
    const timer = this.#timer.set(this.#onDeadline, delay);
    // On Node: connections keep the process alive, not their heartbeats.
    (timer as { unref?: () => void }).unref?.();
  }
}
