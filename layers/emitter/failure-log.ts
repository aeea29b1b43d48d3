/**
 * Logs failures of an emitter that nobody else hears of. While a server is not reached all calls fail in the same way:
 * that is two lines, and one when calls arrive again or fail in another way.
 */
export class FailureLog {
  /** What was logged last, since calls arrived. */
  #last: string | undefined;
  /** How many failed like that and are not in the log. */
  #more = 0;

  /** A call has failed. */
  failed(error: Error): void {
    const message = String(error?.message ?? error);
    if (message === this.#last) {
      this.#more += 1;
      return;
    }
    this.#tellOfMore();
    this.#last = message;
    console.error(`dormouse: an emitter's call failed: ${message}`);
    // Those that have failed with it: the emitter may not live to hear that calls arrive.
    queueMicrotask(() => this.#tellOfMore());
  }

  /** Calls have arrived. */
  arrived(): void {
    this.#tellOfMore();
    this.#last = undefined;
  }

  #tellOfMore(): void {
    if (this.#more === 0) return;
    console.error(`dormouse: ${this.#more} more of the emitter's calls failed like that`);
    this.#more = 0;
  }
}
