/**
 * How often errors are reported. A client can make a listener throw with every packet, and lines of a log cost: so that
 * it is not the client who decides how many there are.
 */

/** So many at once. */
const BURST = 100;
/** And then one in so many milliseconds. */
const INTERVAL = 100;

/** What becomes of an error: it is reported, is the first that is not, or is another one. */
export type Verdict = "report" | "pause" | "drop";

export class ReportPace {
  #left = BURST;
  /** Up to when what is allowed again has been counted. */
  #at = 0;
  #dropped = 0;

  /** An error is to be reported. `now` in milliseconds. */
  judge(now: number): Verdict {
    // A clock that was set back begins anew.
    const intervals = now < this.#at ? BURST : Math.floor((now - this.#at) / INTERVAL);
    if (intervals > 0) {
      this.#left = Math.min(BURST, this.#left + intervals);
      this.#at = now;
    }
    if (this.#left > 0) {
      this.#left -= 1;
      return "report";
    }
    this.#dropped += 1;
    return this.#dropped === 1 ? "pause" : "drop";
  }

  /** How many were not reported since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
