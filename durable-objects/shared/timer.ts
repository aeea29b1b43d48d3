/** The deadline of a host that is always awake, kept by a timer. */

/** What a timer can wait at most. */
const MAX_DELAY = 2 ** 31 - 1;

export class DeadlineTimer {
  readonly #onDeadline: () => void;
  #deadline: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onDeadline: () => void) {
    this.#onDeadline = onDeadline;
  }

  /** Asks for a call at this time (ms since the epoch), or for none any more (`null`). */
  schedule(deadline: number | null): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#deadline = deadline;
    if (deadline === null) return;
    const delay = Math.min(Math.max(0, deadline - Date.now()), MAX_DELAY);
    this.#timer = setTimeout(() => this.#fire(), delay);
    // On Node: connections keep the process alive, not their heartbeats.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #fire(): void {
    this.#timer = undefined;
    this.#onDeadline();
    // A timer may be a little early, and then the deadline has not moved.
    if (this.#timer === undefined) this.schedule(this.#deadline);
  }
}
