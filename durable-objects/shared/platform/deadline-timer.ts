/** A deadline that is kept by a timer, for hosts that are awake anyway. */
import { MAX_DELAY } from "../../../glue/common/timers.ts";
import { now } from "./host-basics.ts";

export class DeadlineTimer {
  readonly #onDeadline: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onDeadline` calls `schedule` again if it was called a little early, as timers may. */
  constructor(onDeadline: () => void) {
    this.#onDeadline = onDeadline;
  }

  /** Asks for a call at this time (ms since the epoch), or for none any more (`null`). */
  schedule(deadline: number | null): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (deadline === null) return;
    const delay = Math.min(Math.max(0, deadline - now()), MAX_DELAY);
    this.#timer = setTimeout(() => this.#fire(), delay);
    // On Node: connections keep the process alive, not their heartbeats.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #fire(): void {
    this.#timer = undefined;
    this.#onDeadline();
  }
}
