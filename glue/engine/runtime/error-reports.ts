/**
 * Reports what listeners throw, but not more often than the limits below: a client can make a listener throw with
 * every packet, and logs cost money. How many errors were left out is reported, too.
 */

import type { Host } from "../host/host.ts";

/** So many reports may come at once. */
const BURST = 100;
/** After those, one report in so many milliseconds. */
const INTERVAL = 100;

export class ErrorReports {
  readonly #host: Pick<Host, "now" | "report">;
  #left = BURST;
  /** The time up to which `#left` was replenished, in milliseconds since the epoch. */
  #at = 0;
  #dropped = 0;

  constructor(host: Pick<Host, "now" | "report">) {
    this.#host = host;
  }

  /** `where`: what threw it, for whoever reads the log. */
  add(error: unknown, where: string): void {
    if (!this.#mayTell()) {
      this.#dropped += 1;
      if (this.#dropped > 1) return;
      this.#tell(new Error("there are too many: of these, some are reported"), "errors");
      return;
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#tell(new Error(`${dropped} were not reported`), "errors");
    this.#tell(error, where);
  }

  #mayTell(): boolean {
    const now = this.#host.now();
    // If the clock was set back, counting begins anew.
    const intervals = now < this.#at ? BURST : Math.floor((now - this.#at) / INTERVAL);
    if (intervals > 0) {
      this.#left = Math.min(BURST, this.#left + intervals);
      this.#at = now;
    }
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  #tell(error: unknown, where: string): void {
    if (this.#host.report !== undefined) this.#host.report(error, where);
    else console.error(`dormouse: ${where}:`, error);
  }
}
