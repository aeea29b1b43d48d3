/**
 * Reports what listeners throw. A client can make one throw with every packet, and lines of a log cost: so it is not the
 * client who decides how many there are. Of very many, some are reported, and how many were not.
 */

import type { Host } from "./host.ts";

/** So many at once. */
const BURST = 100;
/** And then one in so many milliseconds. */
const INTERVAL = 100;

export class Reports {
  readonly #host: Pick<Host, "now" | "report">;
  #left = BURST;
  /** Up to when what is allowed again has been counted. */
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
    // A clock that was set back begins anew.
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
